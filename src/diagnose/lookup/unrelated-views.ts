import type { Query } from '../../catalog/query.js';
import { type ForeignKeyRow, readForeignKeys, readPrimaryKeys } from '../../catalog/read-relationships.js';
import { isSetOperation, type Origin, readOrigins } from '../../catalog/view-origins.js';
import { readSql } from '../../lib/sql.js';
import { qualify } from '../../model/identifier.js';
import type { Reason } from '../facts.js';

const underViewsSql = readSql(import.meta.url, './under_views.sql');

/** A relation at one end of what was asked for. */
export interface End {
  id: number;
  schema: string;
  name: string;
}

interface Under {
  id: number;
  schema: string;
  name: string;
  columns: string[];
  numbers: number[];
  definition: string | null;
}

/**
 * Whether relationships lead from one end to the other by the keys of tables under views, and by which hints they can be
 * told apart; or else why none does.
 */
export type ViaViews = { isThere: true; hints: string[] } | { isThere: false; reason: Reason };

/**
 * Follows the views among the ends down to the tables under them, as PostgREST does in the schemas `searched`; undefined
 * where neither is a view.
 */
export async function followEnds(
  query: Query,
  from: End,
  to: End,
  searched: readonly string[],
): Promise<ViaViews | undefined> {
  const under = await readUnder(query, from, to);
  if (under.every(({ relations }) => relations.length === 1)) return undefined;
  const keys = await readForeignKeys(query);
  const ends = under.map(({ end, relations }) => new Side(end, relations, searched));
  const [one, other] = ends as [Side, Side];
  const lost: string[] = [];
  const hints: string[] = [];
  for (const key of keys) {
    for (const [referring, referred] of [[one, other] as const, [other, one] as const]) {
      if (!referring.holds(key.relation) || !referred.holds(key.targetRelation)) continue;
      const missing = [...referring.missingOwn(key), ...referred.missingTarget(key)];
      if (missing.length === 0) hints.push(key.name, ...key.columns, to.name);
      else lost.push(`${missing.join('; ')} (foreign key ${qualify(key.name)})`);
    }
  }
  hints.push(...(await throughJunctions(query, keys, one, other)));
  if (hints.length > 0) return { isThere: true, hints };
  return { isThere: false, reason: lost.length > 0 ? notShown(lost) : noKey(one, other) };
}

/** The tables whose primary keys hold foreign keys to both ends. */
async function throughJunctions(
  query: Query,
  keys: readonly ForeignKeyRow[],
  one: Side,
  other: Side,
): Promise<string[]> {
  const leadTo = (end: Side) =>
    keys.filter((key) => end.holds(key.targetRelation) && end.missingTarget(key).length === 0);
  const there = leadTo(other);
  const pairs = leadTo(one).flatMap((here) =>
    there.filter((key) => key.relation === here.relation && key.name !== here.name).map((key) => [here, key] as const),
  );
  if (pairs.length === 0) return [];
  const primaryKeys = await readPrimaryKeys(query);
  const inKey = ({ relation, numbers }: ForeignKeyRow) => {
    const primary = primaryKeys.find((key) => key.relation === relation)?.numbers ?? [];
    return numbers.every((number) => primary.includes(number));
  };
  return pairs.filter(([here, key]) => inKey(here) && inKey(key)).map(([here]) => here.table);
}

function notShown(lost: readonly string[]): Reason {
  return {
    verdict: 'not_served',
    text: `PostgREST gives a view the foreign keys whose columns it all shows unchanged: ${[...new Set(lost)].slice(0, 3).join('. ')}.`,
    action:
      'Let the view show these columns as they are, under any name, beside what is computed from them; or write a function that returns the related rows (a computed relationship).',
  };
}

function noKey(one: Side, other: Side): Reason {
  return {
    verdict: 'not_in_database',
    text: `No foreign key leads from a table under ${one.name} to one under ${other.name}, or back.`,
    action: 'Add the foreign key to the tables under the views, or write a function that returns the related rows.',
  };
}

async function readUnder(query: Query, from: End, to: End): Promise<{ end: End; relations: Under[] }[]> {
  return Promise.all([from, to].map(async (end) => ({ end, relations: await query<Under>(underViewsSql, [end.id]) })));
}

/** One end with all that is under it. */
class Side {
  readonly name: string;
  private readonly end: End;
  private readonly relations: readonly Under[];
  private readonly own: Under | undefined;
  private readonly origins: Map<number, Origin[]>;
  /** Those of the views that PostgREST follows. */
  private readonly followed: Map<number, Origin[]>;

  constructor(end: End, relations: readonly Under[], searched: readonly string[]) {
    this.end = end;
    this.relations = relations;
    this.name = qualify(end.schema, end.name);
    this.own = relations.find(({ id }) => id === end.id);
    this.origins = new Map(
      relations.map(({ id, definition }) => [id, definition === null ? [] : readOrigins(definition)]),
    );
    const isFollowed = ({ schema, id }: Under) => id === end.id || searched.includes(schema);
    this.followed = new Map(relations.filter(isFollowed).map(({ id }) => [id, this.origins.get(id) ?? []]));
  }

  holds(relation: number): boolean {
    return this.relations.some(({ id }) => id === relation);
  }

  /** What this end does not show of the columns of a key, in words: of the table that refers. */
  missingOwn({ relation, numbers, columns, schema, table }: ForeignKeyRow): string[] {
    return this.missing(relation, numbers, columns, qualify(schema, table));
  }

  /** As `missingOwn`, of the table that is referred to. */
  missingTarget({ targetRelation, targetNumbers, targetColumns, targetSchema, targetTable }: ForeignKeyRow): string[] {
    return this.missing(targetRelation, targetNumbers, targetColumns, qualify(targetSchema, targetTable));
  }

  private missing(relation: number, numbers: readonly number[], columns: readonly string[], table: string): string[] {
    if (relation === this.end.id) return [];
    const shown = shownOf(this.end.id, relation, this.followed);
    if (isSetOperation(this.own?.definition ?? ''))
      return [`${this.name} is a union, whose columns come from no table`];
    const inAll = shownOf(this.end.id, relation, this.origins);
    return numbers.flatMap((number, at) => {
      if (shown.has(number)) return [];
      const column = columns[at] ?? '';
      const original = `${table}.${qualify(column)}`;
      if (inAll.has(number)) {
        return [
          `${this.name} shows ${original} through a view in a schema that is neither exposed nor in db-extra-search-path`,
        ];
      }
      return this.own?.columns.includes(column) === true
        ? [`${qualify(column)} of ${this.name} is an expression, not a plain reference to ${original}`]
        : [`${this.name} leaves out ${original}`];
    });
  }
}

/** The columns of `table` that the relation `end` shows, by their numbers. */
function shownOf(end: number, table: number, origins: ReadonlyMap<number, readonly Origin[]>): Set<number> {
  const found = new Set<number>();
  const follow = ({ relation, column }: Origin, path: readonly number[]) => {
    if (relation === table) found.add(column);
    if (path.includes(relation)) return;
    for (const next of origins.get(relation) ?? []) {
      if (next.number === column) follow(next, [...path, relation]);
    }
  };
  for (const origin of origins.get(end) ?? []) follow(origin, [end]);
  return found;
}
