import type { Query } from '../../catalog/query.js';
import { isSetOperation, type Origin, readOrigins } from '../../catalog/view-origins.js';
import { readSql } from '../../lib/sql.js';
import { qualify } from '../../model/identifier.js';
import type { Reason } from '../facts.js';
import { readForeignKeys } from './foreign-keys.js';

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

/** Whether a relationship leads from one end to the other by the keys of tables under views; or else why none does. */
export type ViaViews = { isThere: true } | { isThere: false; reason: Reason };

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
  for (const key of keys) {
    for (const [referring, referred] of [[one, other] as const, [other, one] as const]) {
      if (!referring.holds(key.relation) || !referred.holds(key.targetRelation)) continue;
      const missing = [
        ...referring.missing(key.relation, key.numbers, key.columns, qualify(key.schema, key.table)),
        ...referred.missing(
          key.targetRelation,
          key.targetNumbers,
          key.targetColumns,
          qualify(key.targetSchema, key.targetTable),
        ),
      ];
      if (missing.length === 0) return { isThere: true };
      lost.push(`${missing.join('; ')} (foreign key ${qualify(key.name)})`);
    }
  }
  return { isThere: false, reason: lost.length > 0 ? notShown(lost) : noKey(one, other) };
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

  constructor(end: End, relations: readonly Under[], searched: readonly string[]) {
    this.end = end;
    this.relations = relations;
    this.name = qualify(end.schema, end.name);
    this.own = relations.find(({ id }) => id === end.id);
    const followed = relations.filter(({ schema, id }) => id === end.id || searched.includes(schema));
    this.origins = new Map(
      followed.map(({ id, definition }) => [id, definition === null ? [] : readOrigins(definition)]),
    );
  }

  holds(relation: number): boolean {
    return this.relations.some(({ id }) => id === relation);
  }

  /** What of the columns of the table `relation` this end does not show, in words. */
  missing(relation: number, numbers: readonly number[], columns: readonly string[], table: string): string[] {
    if (relation === this.end.id) return [];
    const shown = this.shown(relation);
    if (isSetOperation(this.own?.definition ?? ''))
      return [`${this.name} is a union, whose columns come from no table`];
    return numbers.flatMap((number, at) => {
      if (shown.has(number)) return [];
      const column = columns[at] ?? '';
      const original = `${table}.${qualify(column)}`;
      return this.own?.columns.includes(column) === true
        ? [`${qualify(column)} of ${this.name} is an expression, not a plain reference to ${original}`]
        : [`${this.name} leaves out ${original}`];
    });
  }

  /** The columns of a table under this end that it shows, by their numbers. */
  private shown(table: number): Set<number> {
    const found = new Set<number>();
    const follow = ({ relation, column }: Origin, path: readonly number[]) => {
      if (relation === table) found.add(column);
      if (path.includes(relation)) return;
      for (const next of this.origins.get(relation) ?? []) {
        if (next.number === column) follow(next, [...path, relation]);
      }
    };
    for (const origin of this.origins.get(this.end.id) ?? []) follow(origin, [this.end.id]);
    return found;
  }
}
