import { qualify } from './identifier.js';
import {
  type Model,
  noModel,
  type QualifiedName,
  type Relation,
  type Relationship,
  type Routine,
  relationKey,
  type Via,
} from './model.js';

/**
 * What `before` has and `now` has not, by name: relations, columns of relations, functions, and relationships between
 * columns that both have. Left out is what a client would ask for in the same words as for something that `now` has.
 */
export function vanished(before: Model, now: Model): Model {
  const relationships = [...before.relationships].filter(([key]) => !now.relationships.has(key));
  const routines = [...before.routines].filter(([key]) => !now.routines.has(key));
  // Mostly nothing is gone, and there are many names.
  const embeds = new Set(relationships.length === 0 ? [] : [...now.relationships.values()].map(embedName));
  const calls = new Set(routines.length === 0 ? [] : [...now.routines.values()].map(callName));
  return {
    ...noModel,
    relations: mapped(before.relations, (relation, key) => withoutColumnsOf(relation, now.relations.get(key))),
    relationships: new Map(relationships.filter(([, one]) => isWhole(one, now) && !embeds.has(embedName(one)))),
    routines: new Map(routines.filter(([, one]) => !calls.has(callName(one)))),
  };
}

/** Both models in one; of a relation that both have, the columns of both. */
export function merge(one: Model, other: Model): Model {
  const relations = new Map(one.relations);
  for (const [key, relation] of other.relations) {
    const same = relations.get(key);
    relations.set(
      key,
      same === undefined ? relation : { ...same, columns: new Map([...relation.columns, ...same.columns]) },
    );
  }
  return {
    ...one,
    relations,
    relationships: new Map([...other.relationships, ...one.relationships]),
    routines: new Map([...other.routines, ...one.routines]),
  };
}

function withoutColumnsOf(relation: Relation, other: Relation | undefined): Relation | undefined {
  if (other === undefined) return relation;
  const columns = mapped(relation.columns, (column) => (other.columns.has(column.name) ? undefined : column));
  return columns.size === 0 ? undefined : { ...relation, columns };
}

function isWhole({ table, target, via, columns }: Relationship, { relations }: Model): boolean {
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

function embedName({ table, target, via }: Relationship): string {
  return `${relationKey(table)} ${relationKey(target)} ${viaName(via)}`;
}

function viaName(via: Via): string {
  if (via.kind === 'foreign_key') return qualify(via.constraint);
  return via.kind === 'junction' ? relationKey(via.junction) : `${relationKey(via.function)}()`;
}

function callName({ schema, name, parameters }: Routine): string {
  return qualify(schema, name, ...parameters.map((parameter) => parameter.name));
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
