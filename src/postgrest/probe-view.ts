import { qualify } from '../model/identifier.js';
import { type Model, noModel, type Relation } from '../model/model.js';
import type { Probed } from './probe.js';

/** Both models as a probe sees them: what of `catalog` was asked for, and what of that is cached. */
export function asProbed(catalog: Model, probed: Probed): { catalog: Model; cache: Model } {
  const part = (holds: (kind: keyof Probed, key: string) => boolean): Model => ({
    ...noModel,
    relations: new Map(
      [...catalog.relations]
        .filter(([key]) => holds('relations', key))
        .map(([key, relation]) => [key, withColumns(relation, (column) => holds('columns', column))]),
    ),
    relationships: new Map([...catalog.relationships].filter(([key]) => holds('relationships', key))),
    routines: new Map([...catalog.routines].filter(([key]) => holds('routines', key))),
  });
  return {
    catalog: part((kind, key) => probed[kind].asked.has(key)),
    cache: part((kind, key) => probed[kind].asked.has(key) && !probed[kind].missing.has(key)),
  };
}

function withColumns(relation: Relation, holds: (column: string) => boolean): Relation {
  const columns = [...relation.columns].filter(([name]) => holds(qualify(relation.schema, relation.name, name)));
  return { ...relation, columns: new Map(columns) };
}
