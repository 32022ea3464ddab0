import { groupBy, keyBy } from '../lib/maps.js';
import { readSql } from '../lib/sql.js';
import { type QualifiedName, type Relation, type Relationship, relationKey, relationshipKey } from '../model/model.js';
import type { Query } from './query.js';
import type { NumberedRelation } from './read-relations.js';
import { deriveRelationships, type ForeignKey, type ViewNames } from './relationships.js';
import { followViews, type TableKey, type ViewKeys } from './view-keys.js';
import { readOrigins } from './view-origins.js';

const primaryKeysSql = readSql(import.meta.url, './primary_keys.sql');
const foreignKeysSql = readSql(import.meta.url, './foreign_keys.sql');
const viewsSql = readSql(import.meta.url, './views.sql');
const computedSql = readSql(import.meta.url, './computed_relationships.sql');

/** Where PostgREST looks for views when it is not told. */
const defaultExtraSearchPath = ['public'];

/** The primary key of a table: an OID, and its columns by number and name. */
export type PrimaryKeyRow = TableKey & { schema: string; table: string; columns: string[] };

/** A foreign key: relations are OIDs, columns have numbers and names, in the key's order. */
export interface ForeignKeyRow {
  name: string;
  relation: number;
  schema: string;
  table: string;
  numbers: number[];
  columns: string[];
  targetRelation: number;
  targetSchema: string;
  targetTable: string;
  targetNumbers: number[];
  targetColumns: string[];
  oneToOne: boolean;
  oneToOneInOrder: boolean;
}

interface ComputedRow {
  schema: string;
  name: string;
  tableSchema: string;
  table: string;
  targetSchema: string;
  target: string;
  toOne: boolean;
}

type Keys = Pick<Relation, 'primaryKey' | 'primaryKeyChoices'>;

export interface Relationships {
  relationships: Relationship[];
  /** As PostgREST before 12.2.3 counts one-to-one; undefined where that does not differ. */
  inOrder: Relationship[] | undefined;
  /** The primary keys, by the relation's OID. */
  primaryKeys: ReadonlyMap<number, Keys>;
  /** The keys of relationships, and of relations' primary keys, that depend on settings of PostgREST that we do not know. */
  uncertain: ReadonlySet<string>;
}

/** Reads the primary keys of all tables. */
export function readPrimaryKeys(query: Query): Promise<PrimaryKeyRow[]> {
  return query<PrimaryKeyRow>(primaryKeysSql);
}

/** Reads the foreign keys of all tables, or those from and to one, by its OID. */
export function readForeignKeys(query: Query, table: number | null = null): Promise<ForeignKeyRow[]> {
  return query<ForeignKeyRow>(foreignKeysSql, table);
}

type Derived = Pick<Relationships, 'relationships' | 'primaryKeys'>;

/**
 * Reads the keys of `relations`, which are those of `schemas`: of tables, and of the views that show them, followed
 * through views in `extraSearchPath` too. Where that is not known, what other views would add is uncertain.
 */
export async function readRelationships(
  query: Query,
  schemas: readonly string[],
  relations: readonly NumberedRelation[],
  extraSearchPath: readonly string[] | undefined,
): Promise<Relationships> {
  const primaryKeyRows = await readPrimaryKeys(query);
  const foreignKeys = (await readForeignKeys(query)).map(toForeignKey);
  const searched = [...schemas, ...(extraSearchPath ?? defaultExtraSearchPath)];
  const views = (
    await query<{ id: number; definition: string; isSearched: boolean }>(
      viewsSql,
      searched,
      extraSearchPath === undefined,
    )
  ).map(({ id, definition, isSearched }) => ({ id, isSearched, origins: readOrigins(definition) }));
  const computed = (await query<ComputedRow>(computedSql, schemas, null)).map(toComputed);

  const exposedViews = relations.filter(({ relation }) => relation.isView).map(({ id }) => id);
  const columnNames = new Map(relations.map((relation) => [relation.id, relation.columnNames]));
  const derive = (followed: typeof views, keys = foreignKeys) => {
    const origins = groupBy(
      followed
        .flatMap(({ id, origins: ofView }) => ofView.map((origin) => ({ id, origin })))
        // The query of a rule may have more columns than the view.
        .filter(({ id, origin }) => columnNames.get(id)?.has(origin.number) ?? true),
      ({ id }) => id,
    );
    const viewKeys = followViews(
      exposedViews,
      new Map([...origins].map(([id, ofView]) => [id, ofView.map(({ origin }) => origin)])),
    );
    return deriveKeys(relations, primaryKeyRows, keys, computed, viewKeys, schemas);
  };
  const followed = views.filter(({ isSearched }) => isSearched);
  const derived = derive(followed);
  const inOrder = foreignKeys.some(({ oneToOne, oneToOneInOrder }) => oneToOne !== oneToOneInOrder)
    ? derive(
        followed,
        foreignKeys.map((key) => ({ ...key, oneToOne: key.oneToOneInOrder })),
      ).relationships
    : undefined;
  const uncertain = followed.length === views.length ? noKeys : differences(derived, derive(views), relations);
  return { ...derived, inOrder, uncertain };
}

/** Reads the relationships of a table (an OID) of one of `schemas`, but those through views and other tables. */
export async function readTableRelationships(
  query: Query,
  schemas: readonly string[],
  { id, relation }: NumberedRelation,
): Promise<Relationship[]> {
  const foreignKeys = (await readForeignKeys(query, id)).map(toForeignKey);
  const derived = deriveRelationships(foreignKeys, { showing: () => [] }, noNames, () => undefined);
  const computed = (await query<ComputedRow>(computedSql, schemas, id)).map(toComputed);
  const isOfTable = ({ table }: Relationship) => relationKey(table) === relationKey(relation);
  return exposed(override(derived.filter(isOfTable), computed), schemas);
}

const noKeys: ReadonlySet<string> = new Set();

const noNames: ViewNames = {
  name: () => ({ schema: '', name: '' }),
  column: () => '',
};

function deriveKeys(
  relations: readonly NumberedRelation[],
  primaryKeyRows: readonly PrimaryKeyRow[],
  foreignKeys: readonly ForeignKey[],
  computed: readonly Relationship[],
  viewKeys: ViewKeys,
  schemas: readonly string[],
): Derived {
  const byId = keyBy(relations, ({ id }) => id);
  const columnOf = (view: number, number: number) => byId.get(view)?.columnNames.get(number) ?? '';
  const primaryKeys = new Map<number, Keys>();
  for (const row of primaryKeyRows) primaryKeys.set(row.relation, { primaryKey: row.columns });
  for (const row of primaryKeyRows) {
    for (const { view, columns } of viewKeys.showing(row)) {
      const choices = columns.map((numbers) => numbers.map((number) => columnOf(view, number)));
      const { primaryKey = [], primaryKeyChoices = [] } = primaryKeys.get(view) ?? {};
      primaryKeys.set(view, {
        primaryKey: [...primaryKey, ...choices.map(([first = '']) => first)],
        primaryKeyChoices: [...primaryKeyChoices, ...choices],
      });
    }
  }

  const keysByName = new Map<string, ReadonlySet<string>>();
  for (const row of primaryKeyRows) {
    keysByName.set(relationKey({ schema: row.schema, name: row.table }), new Set(row.columns));
  }
  for (const { id, relation } of relations) {
    keysByName.set(relationKey(relation), new Set(primaryKeys.get(id)?.primaryKey));
  }
  const names = {
    name: (view: number): QualifiedName => byId.get(view)?.relation ?? { schema: '', name: '' },
    column: columnOf,
  };
  const derived = deriveRelationships(foreignKeys, viewKeys, names, (relation) => keysByName.get(relation));
  return { relationships: exposed(override(derived, computed), schemas), primaryKeys };
}

/** A computed relationship takes the place of those that lead to a relation of the function's name. */
function override(derived: readonly Relationship[], computed: readonly Relationship[]): Relationship[] {
  const replaced = new Set(
    computed.flatMap(({ table, via }) =>
      via.kind === 'function' ? [`${relationKey(table)} ${relationKey(via.function)}`] : [],
    ),
  );
  const isKept = ({ table, target }: Relationship) => !replaced.has(`${relationKey(table)} ${relationKey(target)}`);
  return [...derived.filter(isKept), ...computed];
}

function exposed(relationships: readonly Relationship[], schemas: readonly string[]): Relationship[] {
  const isExposed = ({ schema }: QualifiedName) => schemas.includes(schema);
  return relationships.filter(
    ({ table, target, via }) =>
      isExposed(table) && isExposed(target) && (via.kind !== 'junction' || isExposed(via.junction)),
  );
}

function differences(one: Derived, other: Derived, relations: readonly NumberedRelation[]): Set<string> {
  const [ones, others] = [one, other].map(({ relationships }) => new Set(relationships.map(relationshipKey)));
  const keys = [...new Set([...(ones ?? []), ...(others ?? [])])].filter((key) => !ones?.has(key) || !others?.has(key));
  const text = (keysOf: Keys | undefined) => JSON.stringify([keysOf?.primaryKey, keysOf?.primaryKeyChoices]);
  const ofRelations = relations
    .filter(({ id }) => text(one.primaryKeys.get(id)) !== text(other.primaryKeys.get(id)))
    .map(({ relation }) => `${relationKey(relation)} primary key`);
  return new Set([...keys, ...ofRelations]);
}

function toForeignKey(row: ForeignKeyRow): ForeignKey {
  return {
    name: row.name,
    relation: row.relation,
    table: { schema: row.schema, name: row.table },
    numbers: row.numbers,
    columns: row.columns,
    target: {
      relation: row.targetRelation,
      table: { schema: row.targetSchema, name: row.targetTable },
      numbers: row.targetNumbers,
      columns: row.targetColumns,
    },
    oneToOne: row.oneToOne,
    oneToOneInOrder: row.oneToOneInOrder,
  };
}

function toComputed(row: ComputedRow): Relationship {
  return {
    table: { schema: row.tableSchema, name: row.table },
    target: { schema: row.targetSchema, name: row.target },
    via: { kind: 'function', function: { schema: row.schema, name: row.name }, toOne: row.toOne },
    columns: [],
  };
}
