import { qualify } from '../model/identifier.js';
import { type Model, type Relationship, relationKey } from '../model/model.js';

/** What somebody asks about: a relation or function of a schema, or a part of a relation: a column, a relationship. */
export interface ObjectName {
  schema: string;
  name: string;
  part: string | undefined;
}

/** What the catalog has under a name. */
export interface FoundObject {
  isThere: boolean;
  isRelation: boolean;
  /** The objects under which differences of the relationships of that name (a constraint or function) are reported. */
  relationships: ReadonlySet<string>;
}

/** Looks `object` up in `models`. */
export function findObject(models: readonly Model[], { schema, name, part }: ObjectName): FoundObject {
  const whole = qualify(schema, name);
  const isRelation = models.some(({ relations }) => relations.has(whole));
  if (part === undefined) {
    const isRoutine = ({ routines }: Model) => [...routines.values()].some((routine) => relationKey(routine) === whole);
    return { isThere: isRelation || models.some(isRoutine), isRelation, relationships: new Set() };
  }
  const relationships = new Set(models.flatMap((model) => relationshipsOf(model, whole, part)));
  const isColumn = models.some(({ relations }) => relations.get(whole)?.columns.has(part) === true);
  return { isThere: isColumn || relationships.size > 0, isRelation, relationships };
}

function relationshipsOf({ relationships }: Model, relation: string, name: string): string[] {
  return [...relationships.values()]
    .filter(({ table }) => relationKey(table) === relation)
    .flatMap((relationship) => relationshipObject(relationship, name));
}

function relationshipObject({ table, target, via, columns }: Relationship, name: string): string[] {
  if (via.kind === 'function') return via.function.name === name ? [qualify(table.schema, table.name, name)] : [];
  if (via.kind !== 'foreign_key' || via.constraint !== name) return [];
  // It is reported of the relation that refers, whichever is asked about.
  const isReferring = via.isReferring !== false;
  const { schema, name: referring } = isReferring ? table : target;
  return [qualify(schema, referring, ...columns.map(([own, other]) => (isReferring ? own : other)))];
}
