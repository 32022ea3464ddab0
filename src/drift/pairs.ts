import { qualify } from '../model/identifier.js';
import type { Difference, FindingKind, Side } from './finding.js';

/** The keys of both maps but those `without`, each with what either of them has under it. */
export function pairs<Value>(
  catalog: ReadonlyMap<string, Value>,
  cache: ReadonlyMap<string, Value>,
  without: ReadonlySet<string> = new Set(),
): [key: string, here: Value | undefined, there: Value | undefined][] {
  const keys = new Set([...catalog.keys(), ...cache.keys()]);
  return [...keys].filter((key) => !without.has(key)).map((key) => [key, catalog.get(key), cache.get(key)]);
}

/** The difference between two descriptions of one object; none where both are equal. */
export function difference(
  entity: FindingKind extends `${string}_${infer Entity}` ? Entity : never,
  object: string,
  catalog: Side,
  cache: Side,
): Difference[] {
  if (isSame(catalog, cache)) return [];
  const change = catalog === null ? 'extra' : cache === null ? 'missing' : 'changed';
  return [{ kind: `${change}_${entity}` as FindingKind, object, catalog, cache }];
}

/** Whether two values of descriptions are equal: plain objects, arrays, texts, numbers. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Columns as PostgreSQL would list them. */
export function columnList(columns: readonly string[]): string {
  return columns.map((column) => qualify(column)).join(', ');
}
