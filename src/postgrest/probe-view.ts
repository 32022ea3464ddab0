import { qualify } from '../model/identifier.js';
import { type Model, noModel, type Relation } from '../model/model.js';
import type { ProbedNames } from './probe.js';

/** What of `model` was asked for. */
export function askedOf(model: Model, probed: ProbedNames): Model {
  return part(model, (kind, key) => probed[kind].asked.has(key));
}

/** What of `model` was asked for and is cached. */
export function cachedOf(model: Model, probed: ProbedNames): Model {
  return part(model, (kind, key) => probed[kind].asked.has(key) && !probed[kind].missing.has(key));
}

function part(model: Model, holds: (kind: keyof ProbedNames, key: string) => boolean): Model {
  return {
    ...noModel,
    relations: new Map(
      [...model.relations]
        .filter(([key]) => holds('relations', key))
        .map(([key, relation]) => [key, withColumns(relation, (column) => holds('columns', column))]),
    ),
    relationships: new Map([...model.relationships].filter(([key]) => holds('relationships', key))),
    routines: new Map([...model.routines].filter(([key]) => holds('routines', key))),
  };
}

function withColumns(relation: Relation, holds: (column: string) => boolean): Relation {
  const columns = [...relation.columns].filter(([name]) => holds(qualify(relation.schema, relation.name, name)));
  return { ...relation, columns: new Map(columns) };
}
