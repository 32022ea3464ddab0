import { qualify } from '../model/identifier.js';
import { type Column, type ForeignKey, type Model, type Relation, relationKey } from '../model/model.js';
import { type Finding, finding } from './finding.js';

/**
 * What differs between two models of the same coverage, ordered by object. Each difference is one finding: what only
 * one side has is not reported again for what follows from it, such as the columns of a relation and the keys that a
 * column is part of.
 */
export function compare(catalog: Model, cache: Model): Finding[] {
  const isOneSided = (key: string) => catalog.relations.has(key) !== cache.relations.has(key);
  const findings = pairs(catalog.relations, cache.relations).flatMap(([key, actual, cached]) => {
    if (actual === undefined) return finding('extra_relation', key, null, describeRelation(cached as Relation));
    if (cached === undefined) return finding('missing_relation', key, describeRelation(actual), null);
    return [
      ...compareColumns(actual, cached),
      ...comparePrimaryKeys(actual, cached),
      ...compareForeignKeys(actual, cached, isOneSided),
    ];
  });
  return findings.sort((a, b) => compareText(a.object, b.object) || compareText(a.kind, b.kind));
}

function compareColumns(actual: Relation, cached: Relation): Finding[] {
  return pairs(actual.columns, cached.columns).flatMap(([name, here, there]) => {
    const object = qualify(actual.schema, actual.name, name);
    if (here === undefined) return finding('extra_column', object, null, describeColumn(there as Column));
    if (there === undefined) return finding('missing_column', object, describeColumn(here), null);
    // A primary key makes its columns not null.
    const isKeyChange = actual.primaryKey.includes(name) !== cached.primaryKey.includes(name);
    const same =
      here.type === there.type && here.default === there.default && (isKeyChange || here.nullable === there.nullable);
    return same ? [] : finding('changed_column', object, describeColumn(here), describeColumn(there));
  });
}

function comparePrimaryKeys(actual: Relation, cached: Relation): Finding[] {
  const here = actual.primaryKey;
  const there = cached.primaryKey;
  const same = here.length === there.length && here.every((column) => there.includes(column));
  if (same || ![...here, ...there].every(isColumnOf(actual, cached))) return [];
  const kind =
    there.length === 0 ? 'missing_primary_key' : here.length === 0 ? 'extra_primary_key' : 'changed_primary_key';
  const describe = (columns: readonly string[]) => (columns.length === 0 ? null : { columns });
  return [finding(kind, qualify(actual.schema, actual.name), describe(here), describe(there))];
}

function compareForeignKeys(actual: Relation, cached: Relation, isOneSided: (relation: string) => boolean): Finding[] {
  const byColumns = (keys: readonly ForeignKey[]) =>
    new Map(
      keys
        .filter((key) => key.columns.every(isColumnOf(actual, cached)))
        .map((key) => [qualify(actual.schema, actual.name, ...key.columns), key]),
    );
  return pairs(byColumns(actual.foreignKeys), byColumns(cached.foreignKeys)).flatMap(([object, here, there]) => {
    if ([here, there].some((key) => key !== undefined && isOneSided(relationKey(key.target)))) return [];
    const catalog = here === undefined ? null : describeForeignKey(here);
    const cache = there === undefined ? null : describeForeignKey(there);
    if (catalog === null) return finding('extra_relationship', object, null, cache);
    if (cache === null) return finding('missing_relationship', object, catalog, null);
    return catalog.references === cache.references ? [] : finding('changed_relationship', object, catalog, cache);
  });
}

function isColumnOf(...relations: Relation[]): (column: string) => boolean {
  return (column) => relations.every(({ columns }) => columns.has(column));
}

function describeRelation(relation: Relation): Record<string, unknown> {
  return { ...(relation.kind !== undefined && { kind: relation.kind }), columns: [...relation.columns.keys()] };
}

function describeColumn({ type, nullable, default: fallback }: Column): Record<string, unknown> {
  return { type, nullable, default: fallback };
}

function describeForeignKey({ target }: ForeignKey): { references: string } {
  const columns = target.columns.map((column) => qualify(column)).join(', ');
  return { references: `${qualify(target.schema, target.name)} (${columns})` };
}

/** The keys of both maps, each with what either of them has under it. */
function pairs<Value>(
  left: ReadonlyMap<string, Value>,
  right: ReadonlyMap<string, Value>,
): [string, Value | undefined, Value | undefined][] {
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => [key, left.get(key), right.get(key)]);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
