import { qualify } from '../model/identifier.js';
import { type Model, relationKey } from '../model/model.js';

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
  return [...relationships.values()].flatMap(({ table, via, columns }) => {
    if (relationKey(table) !== relation) return [];
    const object = (...parts: string[]) => [qualify(table.schema, table.name, ...parts)];
    if (via.kind === 'foreign_key' && via.constraint === name) return object(...columns.map(([column]) => column));
    return via.kind === 'function' && via.function.name === name ? object(name) : [];
  });
}
