import { getOrMake } from '../lib/maps.js';
import type { Origin } from './view-origins.js';

/** A key, or one end of a foreign key, on the columns of a table. */
export interface TableKey {
  /** The OID of the table. */
  relation: number;
  /** The columns by their numbers, in the key's order. */
  numbers: readonly number[];
}

/** For each column of a key the columns of a view that show it, by their numbers. */
export type ShownColumns = readonly (readonly number[])[];

/** Tells which keys a view shows whole. */
export interface ViewKeys {
  /** The views, by OID, that show all columns of `key`, with how. */
  showing(key: TableKey): { view: number; columns: ShownColumns }[];
}

/**
 * Follows the columns of `views` (OIDs) down to the tables under them, through the views that `origins` has, which is
 * keyed by OID.
 */
export function followViews(views: readonly number[], origins: ReadonlyMap<number, readonly Origin[]>): ViewKeys {
  /** By table, then by view, then by the table's column: the view's columns. */
  const shown = new Map<number, Map<number, Map<number, Set<number>>>>();
  const note = (view: number, column: number, { relation, column: origin }: Origin) => {
    const ofTable = getOrMake(shown, relation, () => new Map<number, Map<number, Set<number>>>());
    const ofView = getOrMake(ofTable, view, () => new Map<number, Set<number>>());
    getOrMake(ofView, origin, () => new Set<number>()).add(column);
  };
  const follow = (view: number, column: number, origin: Origin, path: readonly number[]) => {
    note(view, column, origin);
    if (path.includes(origin.relation)) return;
    for (const next of origins.get(origin.relation) ?? []) {
      if (next.number === origin.column) follow(view, column, next, [...path, origin.relation]);
    }
  };
  for (const view of views) {
    for (const origin of origins.get(view) ?? []) follow(view, origin.number, origin, [view]);
  }

  return {
    showing({ relation, numbers }) {
      const found: { view: number; columns: ShownColumns }[] = [];
      for (const [view, columns] of shown.get(relation) ?? []) {
        const ofKey = numbers.map((number) => [...(columns.get(number) ?? [])].sort((a, b) => a - b));
        if (ofKey.every((choices) => choices.length > 0)) found.push({ view, columns: ofKey });
      }
      return found;
    },
  };
}
