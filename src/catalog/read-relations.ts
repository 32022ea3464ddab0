import { getOrMake, groupBy, keyBy } from '../lib/maps.js';
import { readSql } from '../lib/sql.js';
import { type Column, type Relation, type RelationKind, relationKey } from '../model/model.js';
import type { Query } from './query.js';

const relationsSql = readSql(import.meta.url, './relations.sql');
const columnsSql = readSql(import.meta.url, './columns.sql');

interface RelationRow {
  id: number;
  schema: string;
  name: string;
  kind: RelationKind;
  writes: number;
  description: string | null;
  visible: boolean | null;
}

interface ColumnRow {
  relation: number;
  number: number;
  name: string;
  type: string;
  nestedDomain: string | null;
  nominalType: string;
  nullable: boolean;
  default: string | null;
  hidesDomainDefault: boolean;
  domainDefault: string | null;
  unquotedDefault: string | null;
  maxLength: number | null;
  enumLabels: string[] | null;
  enumChoices: string[][] | null;
  description: string | null;
}

/** A relation, known by its OID and its columns' numbers. */
export interface NumberedRelation {
  id: number;
  /** Still without its primary key. */
  relation: Relation;
  /** The names of its columns by their numbers. */
  columnNames: ReadonlyMap<number, string>;
}

/**
 * Reads the relations of `schemas`, or those of them called `name`, with their columns, and which of them `role` may see,
 * by key (undefined where there is no such role).
 */
export async function readRelations(
  query: Query,
  schemas: readonly string[],
  role: string,
  name?: string,
): Promise<{ relations: NumberedRelation[]; visible: ReadonlySet<string> | undefined }> {
  const rows = await query<RelationRow>(relationsSql, schemas, role, name ?? null);
  const columns = groupBy(await query<ColumnRow>(columnsSql, schemas, name ?? null), ({ relation }) => relation);
  const share = sharing();
  return {
    relations: rows.map((row) => toRelation(row, columns.get(row.id) ?? [], share)),
    visible: rows.some((row) => row.visible === null)
      ? undefined
      : new Set(rows.filter((row) => row.visible).map(relationKey)),
  };
}

/** Returns the same string for equal texts: columns have few names and types, and large schemas many columns. */
type Share = (text: string) => string;

function sharing(): Share {
  const texts = new Map<string, string>();
  return (text) => getOrMake(texts, text, () => text);
}

function toRelation(
  { id, schema, name, kind, writes, description }: RelationRow,
  columns: ColumnRow[],
  share: Share,
): NumberedRelation {
  return {
    id,
    relation: {
      schema,
      name,
      kind,
      isView: kind === 'view' || kind === 'materialized_view',
      insertable: (writes & 8) !== 0,
      updatable: (writes & 4) !== 0,
      deletable: (writes & 16) !== 0,
      description,
      columns: keyBy(
        columns.map((column) => toColumn(column, share)),
        (column) => column.name,
      ),
      primaryKey: [],
    },
    columnNames: new Map(columns.map((column) => [column.number, column.name])),
  };
}

function toColumn(row: ColumnRow, share: Share): Column {
  const { enumLabels, enumChoices, unquotedDefault, nestedDomain } = row;
  const labels = enumLabels ?? enumChoices?.[0] ?? [];
  const isAmbiguous = enumChoices !== null && (enumChoices.length > 1 || enumLabels === null);
  return {
    name: share(row.name),
    type: share(row.type),
    nominalType: share(row.nominalType),
    nullable: row.nullable,
    default: row.default === null ? null : share(row.default),
    maxLength: row.maxLength,
    description: row.description,
    ...(nestedDomain !== null && { nestedDomain: share(nestedDomain) }),
    ...(row.hidesDomainDefault && { domainDefault: row.domainDefault }),
    ...(unquotedDefault !== null && { unquotedDefault }),
    enumLabels: labels,
    ...(isAmbiguous && { enumChoices: [labels, ...enumChoices, []] }),
  };
}
