import { type Model, noModel, type QualifiedName, type Relation, type Relationship, relationKey } from './model.js';

const mostKept = 1_000;

/**
 * What `before` has and `now` has not, by name: relations, columns of relations; functions, where `now` has none of the
 * name; relationships between columns that both have, where `now` has none between the two relations. What else is gone
 * cannot be told by asking for it: something of `now` might answer.
 */
export function vanished(before: Model, now: Model): Model {
  const relationships = [...before.relationships].filter(([key]) => !now.relationships.has(key));
  const routines = [...before.routines].filter(([key]) => !now.routines.has(key));
  // Mostly nothing is gone, and there are many names.
  const joined = new Set(relationships.length === 0 ? [] : [...now.relationships.values()].map(ends));
  const called = new Set(routines.length === 0 ? [] : [...now.routines.values()].map(relationKey));
  return {
    ...noModel,
    relations: mapped(before.relations, (relation, key) => withoutColumnsOf(relation, now.relations.get(key))),
    relationships: new Map(relationships.filter(([, one]) => isWhole(one, now) && !joined.has(ends(one)))),
    routines: new Map(routines.filter(([, one]) => !called.has(relationKey(one)))),
  };
}

/**
 * What had vanished `already`, and what vanished between `before` and `now`. Where something has, of the older the first
 * 1,000 of each kind and of each relation's columns: whoever has loaded since has none of it.
 */
export function stillVanished(already: Model, before: Model, now: Model): Model {
  const gone = vanished(before, now);
  const older = vanished(already, now);
  return isNothing(gone) ? older : merge(gone, firstOf(older));
}

/** Both models in one, what `one` has before what only `other` has; of a relation that both have, the columns of both. */
export function merge(one: Model, other: Model): Model {
  const relations = new Map(one.relations);
  for (const [key, relation] of other.relations) {
    const same = relations.get(key);
    relations.set(key, same === undefined ? relation : { ...same, columns: both(same.columns, relation.columns) });
  }
  return {
    ...one,
    relations,
    relationships: both(one.relationships, other.relationships),
    routines: both(one.routines, other.routines),
  };
}

function isNothing({ relations, relationships, routines }: Model): boolean {
  return relations.size + relationships.size + routines.size === 0;
}

function firstOf(model: Model): Model {
  const first = <Value>(map: ReadonlyMap<string, Value>) => new Map([...map].slice(0, mostKept));
  return {
    ...model,
    relations: mapped(first(model.relations), (relation) => ({ ...relation, columns: first(relation.columns) })),
    relationships: first(model.relationships),
    routines: first(model.routines),
  };
}

function both<Value>(one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map([...one, ...[...other].filter(([key]) => !one.has(key))]);
}

function withoutColumnsOf(relation: Relation, other: Relation | undefined): Relation | undefined {
  if (other === undefined) return relation;
  const columns = mapped(relation.columns, (column) => (other.columns.has(column.name) ? undefined : column));
  return columns.size === 0 ? undefined : { ...relation, columns };
}

/** Whether all that a relationship leads along is still there; a function's leads along none that can be seen. */
function isWhole({ table, target, via, columns }: Relationship, { relations }: Model): boolean {
  if (via.kind === 'function') return false;
  const has = (relation: QualifiedName, names: readonly (string | undefined)[]) => {
    const found = relations.get(relationKey(relation));
    return found !== undefined && names.every((name) => name !== undefined && found.columns.has(name));
  };
  const other = via.kind === 'junction' ? via.junction : target;
  const isThere = has(
    table,
    columns.map(([own]) => own),
  );
  return (
    isThere &&
    has(target, via.kind === 'junction' ? via.targetColumns.map(([own]) => own) : []) &&
    has(
      other,
      columns.map(([, theirs]) => theirs),
    )
  );
}

function ends({ table, target }: Relationship): string {
  return `${relationKey(table)} ${relationKey(target)}`;
}

function mapped<Value>(
  map: ReadonlyMap<string, Value>,
  toValue: (value: Value, key: string) => Value | undefined,
): Map<string, Value> {
  return new Map(
    [...map].flatMap(([key, value]) => {
      const made = toValue(value, key);
      return made === undefined ? [] : [[key, made] as const];
    }),
  );
}
