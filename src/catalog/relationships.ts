import { groupBy } from '../lib/maps.js';
import { type Cardinality, type QualifiedName, type Relationship, relationKey, type Via } from '../model/model.js';
import type { ShownColumns, ViewKeys } from './view-keys.js';

/** A foreign key as the catalog has it. Relations are OIDs, columns have numbers and names, in the key's order. */
export interface ForeignKey {
  name: string;
  relation: number;
  table: QualifiedName;
  numbers: readonly number[];
  columns: readonly string[];
  target: { relation: number; table: QualifiedName; numbers: readonly number[]; columns: readonly string[] };
  oneToOne: boolean;
  /** The same as PostgREST before 12.2.3 counts. */
  oneToOneInOrder: boolean;
}

export interface ViewNames {
  /** A view by its OID. */
  name(view: number): QualifiedName;
  /** A column of a view by its number. */
  column(view: number, number: number): string;
}

type Pairs = readonly (readonly [string, string])[];

/** One end of a foreign key: the table itself, or a view that shows its columns. */
interface End {
  table: QualifiedName;
  columns: readonly string[];
}

/** A foreign key between two ends, seen from the one that refers. */
interface Reference {
  table: QualifiedName;
  target: QualifiedName;
  constraint: string;
  oneToOne: boolean;
  columns: Pairs;
}

/**
 * What PostgREST makes of the foreign keys: a relationship in each direction, between tables and the views that show the
 * keys' columns, and many-to-many ones through junctions, whose primary key (by relation key, `primaryKeyOf`) holds both
 * foreign keys.
 */
export function deriveRelationships(
  foreignKeys: readonly ForeignKey[],
  viewKeys: ViewKeys,
  views: ViewNames,
  primaryKeyOf: (relation: string) => ReadonlySet<string> | undefined,
): Relationship[] {
  const references = foreignKeys.flatMap((key) => referencesOf(key, viewKeys, views));
  return [...references.flatMap(bothDirections), ...throughJunctions(references, primaryKeyOf)];
}

function referencesOf(key: ForeignKey, viewKeys: ViewKeys, views: ViewNames): Reference[] {
  const endsIn = (shown: { view: number; columns: ShownColumns }[]): End[] =>
    shown.flatMap(({ view, columns }) =>
      combinations(columns).map((numbers) => ({
        table: views.name(view),
        columns: numbers.map((number) => views.column(view, number)),
      })),
    );
  const own = [{ table: key.table, columns: key.columns }, ...endsIn(viewKeys.showing(key))];
  const others = [{ table: key.target.table, columns: key.target.columns }, ...endsIn(viewKeys.showing(key.target))];
  return own.flatMap(({ table, columns }) =>
    others.map((other) => ({
      table,
      target: other.table,
      constraint: key.name,
      oneToOne: key.oneToOne,
      columns: pair(columns, other.columns),
    })),
  );
}

function bothDirections({ table, target, constraint, oneToOne, columns }: Reference): Relationship[] {
  const via = (cardinality: Cardinality, isReferring: boolean): Via => ({
    kind: 'foreign_key',
    constraint,
    cardinality,
    isReferring,
  });
  return [
    { table, target, via: via(oneToOne ? 'one-to-one' : 'many-to-one', true), columns },
    { table: target, target: table, via: via(oneToOne ? 'one-to-one' : 'one-to-many', false), columns: swap(columns) },
  ];
}

function throughJunctions(
  references: readonly Reference[],
  primaryKeyOf: (relation: string) => ReadonlySet<string> | undefined,
): Relationship[] {
  const byJunction = groupBy(
    references.filter(({ oneToOne }) => !oneToOne),
    ({ table }) => relationKey(table),
  );
  return [...byJunction].flatMap(([junction, ofJunction]) => {
    const primaryKey = primaryKeyOf(junction);
    if (primaryKey === undefined) return [];
    const inKey = ofJunction.filter(({ columns }) => columns.every(([column]) => primaryKey.has(column)));
    return inKey.flatMap((one) =>
      inKey
        .filter((other) => other.constraint !== one.constraint)
        .map(
          (other): Relationship => ({
            table: one.target,
            target: other.target,
            via: {
              kind: 'junction',
              junction: one.table,
              constraints: [one.constraint, other.constraint],
              targetColumns: swap(other.columns),
            },
            columns: swap(one.columns),
          }),
        ),
    );
  });
}

/** One of each, in every way. */
function combinations(choices: ShownColumns): number[][] {
  return choices.reduce<number[][]>((made, some) => made.flatMap((one) => some.map((next) => [...one, next])), [[]]);
}

function pair(own: readonly string[], other: readonly string[]): Pairs {
  return own.map((column, position) => [column, other[position] ?? '']);
}

function swap(columns: Pairs): Pairs {
  return columns.map(([own, other]) => [other, own]);
}
