import type pg from 'pg';
import type { Column, ForeignKey, Model, Relation, RelationKind } from '../model/model.js';
import { relationKey } from '../model/model.js';
import { readOnly } from './database.js';
import { readSql } from './sql.js';

const anonRoleSql = readSql(import.meta.url, './anon_role.sql');
const relationsSql = readSql(import.meta.url, './relations.sql');
const columnsSql = readSql(import.meta.url, './columns.sql');
const primaryKeysSql = readSql(import.meta.url, './primary_keys.sql');
const foreignKeysSql = readSql(import.meta.url, './foreign_keys.sql');

export interface Catalog {
  model: Model;
  /** The role whose privileges `visible` follows. */
  role: string;
  /**
   * The relations, by key, that PostgREST's OpenAPI document shows to the role asked as; undefined where PostgreSQL
   * has no such role.
   */
  visible: ReadonlySet<string> | undefined;
  /** Those of the asked schemas that exist. */
  schemas: readonly string[];
}

interface RelationRow {
  schema: string;
  name: string;
  kind: RelationKind;
  visible: boolean | null;
}
type ColumnRow = Column & { schema: string; relation: string };
interface KeyRow {
  schema: string;
  relation: string;
  columns: string[];
}
type ForeignKeyRow = KeyRow & { target_schema: string; target: string; target_columns: string[]; one_to_one: boolean };

/**
 * Reads what PostgreSQL has in `schemas`, as PostgREST would cache it, at one moment: a handful of queries in one read-only,
 * repeatable-read transaction. `configuredRole` is the one whose privileges the OpenAPI document follows; without it,
 * the anonymous role that PostgREST's configuration in the database names, else `anon`.
 * Throws what node-postgres throws.
 */
export function readCatalog(
  pool: pg.Pool,
  schemas: readonly string[],
  configuredRole: string | undefined,
): Promise<Catalog> {
  return readOnly(pool, async (client) => {
    // With an empty search path PostgreSQL qualifies every name that it prints, as it does for PostgREST.
    await client.query(`select pg_catalog.set_config('search_path', '', true)`);
    const rows = async <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]) =>
      (await client.query<Row>(sql, [schemas, ...values])).rows;

    const role = configuredRole ?? (await client.query<{ role: string }>(anonRoleSql)).rows[0]?.role ?? 'anon';
    const relations = await rows<RelationRow>(relationsSql, role);
    const columns = groupByRelation(await rows<ColumnRow>(columnsSql));
    const primaryKeys = groupByRelation(await rows<KeyRow>(primaryKeysSql));
    const foreignKeys = groupByRelation(await rows<ForeignKeyRow>(foreignKeysSql));
    const existing = await rows<{ name: string }>(
      'select nspname::text as name from pg_catalog.pg_namespace where nspname = any ($1)',
    );

    const toRelation = ({ schema, name, kind }: RelationRow): Relation => {
      const key = relationKey({ schema, name });
      return {
        schema,
        name,
        kind,
        columns: new Map((columns.get(key) ?? []).map((row) => [row.name, toColumn(row)])),
        primaryKey: primaryKeys.get(key)?.[0]?.columns ?? [],
        foreignKeys: (foreignKeys.get(key) ?? []).map(toForeignKey),
      };
    };
    return {
      role,
      model: { relations: new Map(relations.map((row) => [relationKey(row), toRelation(row)])) },
      visible: relations.some((row) => row.visible === null)
        ? undefined
        : new Set(relations.filter((row) => row.visible).map(relationKey)),
      schemas: existing.map((row) => row.name),
    };
  });
}

function toColumn({ name, type, nullable, default: fallback, comment }: ColumnRow): Column {
  return { name, type, nullable, default: fallback, comment };
}

function toForeignKey(row: ForeignKeyRow): ForeignKey {
  return {
    columns: row.columns,
    target: { schema: row.target_schema, name: row.target, columns: row.target_columns },
    oneToOne: row.one_to_one,
  };
}

function groupByRelation<Row extends { schema: string; relation: string }>(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = relationKey({ schema: row.schema, name: row.relation });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
