import type { Query } from '../../catalog/query.js';
import { readRelations } from '../../catalog/read-relations.js';
import { readMediaHandlers, readRoutines } from '../../catalog/read-routines.js';
import { readSql } from '../../lib/sql.js';
import { type Relation, relationKey } from '../../model/model.js';
import type { Named } from '../facts.js';
import type { Missing } from '../parse/missing.js';
import type { Request } from '../parse/request.js';

const resultColumnsSql = readSql(import.meta.url, './result_columns.sql');
const uniqueKeysSql = readSql(import.meta.url, './unique_keys.sql');
const constraintsSql = readSql(import.meta.url, './constraints.sql');
const constraintRelationSql = readSql(import.meta.url, './constraint_relation.sql');
const toOneSql = readSql(import.meta.url, './to_one.sql');
const placesSql = readSql(import.meta.url, './places.sql');

const maxRelations = 10;

/** Reads what `schema` has under the names of `request`; `role` is that which OpenAPI documents are asked as. */
export async function lookUpNamed(
  query: Query,
  schema: string,
  { target, embeds }: Request,
  role: string,
  wantsHandlers: boolean,
): Promise<Named> {
  const isRoutine = target?.kind === 'routine';
  const routines = isRoutine ? await readRoutines(query, [schema], target.name) : [];
  const ofRequest = [...(target?.kind === 'relation' ? [target.name] : []), ...embeds.map(({ name }) => name)];
  const returned = routines.flatMap(({ returns }) => (returns.isComposite ? [returns.type] : []));
  const wanted = [...ofRequest.map((name) => ({ schema, name })), ...returned];
  const relations = new Map<string, Relation>();
  const hidden = new Set<string>();
  for (const one of [...new Map(wanted.map((each) => [relationKey(each), each])).values()].slice(0, maxRelations)) {
    const found = await readRelations(query, [one.schema], role, one.name);
    for (const { relation } of found.relations) {
      relations.set(relationKey(relation), relation);
      if (found.visible?.has(relationKey(relation)) !== true) hidden.add(relationKey(relation));
    }
  }
  const [result] = isRoutine ? await query<{ columns: string[] | null }>(resultColumnsSql, schema, target.name) : [];
  const handlers = wantsHandlers ? await readMediaHandlers(query, [schema]) : undefined;
  return {
    relations: [...relations.values()],
    routines,
    mediaHandlers: handlers === undefined ? [] : [...handlers.certain, ...handlers.uncertain],
    hidden,
    ...(Array.isArray(result?.columns) && { resultColumns: result.columns }),
  };
}

/** Reads the columns of each unique key that an upsert into a relation can name. */
export async function lookUpUniqueKeys(query: Query, schema: string, relation: string): Promise<string[][]> {
  return (await query<{ columns: string[] }>(uniqueKeysSql, schema, relation)).map(({ columns }) => columns);
}

/** Those of the foreign keys `names` that are not there. */
export async function lookUpGoneConstraints(query: Query, names: readonly string[]): Promise<string[]> {
  const rows = await query<{ name: string }>(constraintsSql, names);
  const there = new Set(rows.map(({ name }) => name));
  return [...new Set(names)].filter((name) => !there.has(name));
}

/** The foreign keys by which a row of the relation `from` has at most one of `to`. */
export async function lookUpToOne(query: Query, schema: string, from: string, to: string): Promise<string[]> {
  return (await query<{ name: string }>(toOneSql, schema, from, to)).map(({ name }) => name);
}

/** The schemas that have what is missing elsewhere; an operator with one of its types at least. */
export async function lookUpPlaces(query: Query, { what, name, types }: Missing): Promise<string[]> {
  return (await query<{ schema: string }>(placesSql, name, what, types)).map(({ schema }) => schema);
}

/** The relations that have a constraint or unique index called `name`. */
export async function lookUpConstrained(query: Query, name: string): Promise<string[]> {
  return (await query<{ name: string }>(constraintRelationSql, name)).map((row) => row.name);
}
