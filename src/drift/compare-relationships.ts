import { getOrMake } from '../lib/maps.js';
import { qualify } from '../model/identifier.js';
import { type Model, type QualifiedName, type Relationship, relationKey } from '../model/model.js';
import type { Difference, Side } from './finding.js';
import { columnList, difference, isSame, pairs } from './pairs.js';

/**
 * What differs in relationships: one difference for a foreign key, however many relationships PostgREST makes of it in
 * both directions, through views and junctions. What follows from `relations`, the differences in relations, is left out.
 */
export function compareRelationships(catalog: Model, cache: Model, relations: readonly Difference[]): Difference[] {
  const oneSided = oneSidedObjects(relations);
  const causes = new Map<string, { object: string; catalog: Relationship[]; cache: Relationship[] }>();
  const all = pairs(catalog.relationships, cache.relationships, catalog.uncertain);
  for (const [, here, there] of all) {
    const known = here ?? there;
    if (known === undefined || (here !== undefined && there !== undefined && isEqual(here, there))) continue;
    if (followsFrom(known, oneSided)) continue;
    const { key, object } = causeOf(known, catalog, cache);
    const cause = getOrMake(causes, key, () => ({ object, catalog: [], cache: [] }));
    if (here !== undefined) cause.catalog.push(here);
    if (there !== undefined) cause.cache.push(there);
  }
  // A junction's relationship comes and goes with its foreign keys.
  return [...causes.values()].flatMap((cause) => {
    const junction = (cause.catalog[0] ?? cause.cache[0])?.via;
    const isExplained =
      junction?.kind === 'junction' &&
      junction.constraints.some((name) => causes.has(foreignKeyCause(junction.junction, name)));
    if (isExplained) return [];
    return difference('relationship', cause.object, describe(cause.catalog), describe(cause.cache));
  });
}

function oneSidedObjects(relations: readonly Difference[]): ReadonlySet<string> {
  const kinds = /^(missing|extra)_(relation|column)$/;
  const objects = relations.filter(({ kind }) => kinds.test(kind)).map(({ object }) => object);
  // The key of a junction decides whether it is one.
  const keys = relations.filter(({ kind }) => kind.endsWith('_primary_key')).map(({ object }) => `${object} key`);
  return new Set([...objects, ...keys]);
}

function followsFrom({ table, target, via, columns }: Relationship, oneSided: ReadonlySet<string>): boolean {
  const ends = [table, target, ...(via.kind === 'junction' ? [via.junction] : [])];
  if (ends.some((end) => oneSided.has(relationKey(end)))) return true;
  const other = via.kind === 'junction' ? via.junction : target;
  const pairsOf: [QualifiedName, string][] = columns.flatMap(([own, theirs]) => [
    [table, own],
    [other, theirs],
  ]);
  if (via.kind === 'junction') {
    if (oneSided.has(`${relationKey(via.junction)} key`)) return true;
    for (const [own, theirs] of via.targetColumns) pairsOf.push([target, own], [via.junction, theirs]);
  }
  return pairsOf.some(([{ schema, name }, column]) => oneSided.has(qualify(schema, name, column)));
}

function isEqual(here: Relationship, there: Relationship): boolean {
  const compared = ({ target, via, columns }: Relationship) => [
    relationKey(target),
    via.kind === 'foreign_key' ? via.cardinality : via,
    columns,
  ];
  return isSame(compared(here), compared(there));
}

/** What a relationship stands for, and the object that this is reported of. */
function causeOf(relationship: Relationship, ...models: readonly Model[]): { key: string; object: string } {
  const { table, target, via, columns } = relationship;
  if (via.kind === 'function') {
    const object = qualify(table.schema, table.name, via.function.name);
    return { key: `${object} ${relationKey(via.function)}()`, object };
  }
  if (via.kind === 'junction') {
    const constraints = [...via.constraints].sort();
    return {
      key: `junction ${qualify(via.junction.schema, via.junction.name, ...constraints)}`,
      object: relationKey(via.junction),
    };
  }
  const isReferring = via.isReferring ?? refers(relationship, models);
  const referring = isReferring ? table : target;
  const own = columns.map(([left, right]) => (isReferring ? left : right));
  const object = qualify(referring.schema, referring.name, ...own);
  // The OpenAPI document notes foreign keys without their names.
  return { key: via.constraint === '' ? object : foreignKeyCause(referring, via.constraint), object };
}

function foreignKeyCause(referring: QualifiedName, constraint: string): string {
  return `foreign key ${qualify(referring.schema, referring.name, constraint)}`;
}

/** Of the two directions of a one-to-one relationship, the one whose target is found by its primary key. */
function refers({ target, columns }: Relationship, models: readonly Model[]): boolean {
  const others = columns.map(([, other]) => other);
  return models.some(({ relations }) => {
    const primaryKey = relations.get(relationKey(target))?.primaryKey ?? [];
    return primaryKey.length === others.length && primaryKey.every((column) => others.includes(column));
  });
}

const cardinalityOrder = ['many-to-one', 'one-to-one', 'one-to-many'];

function describe(relationships: readonly Relationship[]): Side {
  const [first, ...others] = [...relationships].sort((a, b) => orderOf(a) - orderOf(b));
  if (first === undefined) return null;
  const { table, target, via, columns } = first;
  const also = others.length === 0 ? {} : { relationships: others.length + 1 };
  if (via.kind === 'function') {
    const result = relationKey(target);
    return { function: relationKey(via.function), returns: via.toOne ? result : `setof ${result}`, ...also };
  }
  if (via.kind === 'junction') {
    return { from: relationKey(table), to: relationKey(target), junction: relationKey(via.junction), ...also };
  }
  const references = `${relationKey(target)} (${columnList(columns.map(([, other]) => other))})`;
  const named = via.constraint === '' ? {} : { constraint: via.constraint, cardinality: via.cardinality };
  return { references, ...named, ...also };
}

function orderOf({ via }: Relationship): number {
  return via.kind === 'foreign_key' ? cardinalityOrder.indexOf(via.cardinality) : cardinalityOrder.length;
}
