import { parseIdentifier, qualify } from '../model/identifier.js';
import { type Model, type Relationship, relationKey } from '../model/model.js';

/** What somebody asks about: a relation or function of a schema, or a part of a relation: columns, a relationship. */
export interface ObjectName {
  schema: string;
  name: string;
  /** A column, several for a key of several, or a relationship's constraint or function. */
  parts: readonly string[];
  /** The parameters of one of several functions, as PostgreSQL prints them: `a integer, b text`. */
  parameters: string | undefined;
}

/**
 * Reads `schema.name`, `schema.relation.part` (with more parts for a key of several columns) or
 * `schema.function(parameters)`; undefined where it is none of them.
 */
export function parseObjectName(text: string): ObjectName | undefined {
  const [whole, parameters] = withoutParameters(text);
  const [schema, name, ...parts] = parseIdentifier(whole) ?? [];
  if (schema === undefined || name === undefined || (parameters !== undefined && parts.length > 0)) return undefined;
  return { schema, name, parts, parameters };
}

/** A name in double quotes may hold parentheses too. */
function withoutParameters(text: string): [name: string, parameters?: string] {
  const start = [...text.matchAll(/["(]/g)].reduce<{ isQuoted: boolean; at: number | undefined }>(
    ({ isQuoted, at }, { 0: found, index }) => ({
      isQuoted: found === '"' ? !isQuoted : isQuoted,
      at: at ?? (found === '(' && !isQuoted ? index : undefined),
    }),
    { isQuoted: false, at: undefined },
  ).at;
  if (start === undefined || !text.endsWith(')')) return [text];
  return [text.slice(0, start), text.slice(start + 1, -1)];
}

/** `name` as findings write it. */
export function objectKey({ schema, name, parts, parameters }: ObjectName): string {
  const key = qualify(schema, name, ...parts);
  return parameters === undefined ? key : `${key}(${parameters})`;
}

/** What the catalog has under a name. */
export interface FoundObject {
  isThere: boolean;
  /** The objects under which differences of the relationships of that name (a constraint or function) are reported. */
  relationships: ReadonlySet<string>;
}

/** Looks `object` up in `models`. */
export function findObject(models: readonly Model[], object: ObjectName): FoundObject {
  const whole = qualify(object.schema, object.name);
  const key = objectKey(object);
  const isRelation = models.some(({ relations }) => relations.has(whole));
  if (object.parts.length === 0) {
    const isAsked = (found: string) =>
      found === key || (object.parameters === undefined && found.startsWith(`${key}(`));
    const isRoutine = models.some(({ routines }) => [...routines.keys()].some(isAsked));
    const isThere = (isRelation && object.parameters === undefined) || isRoutine;
    return { isThere, relationships: new Set() };
  }
  const found = models.flatMap((model) => relationshipsOf(model, whole, object, key));
  const [part, ...others] = object.parts;
  const hasColumn = ({ relations }: Model) => part !== undefined && relations.get(whole)?.columns.has(part) === true;
  const isColumn = others.length === 0 && models.some(hasColumn);
  return { isThere: isColumn || found.length > 0, relationships: new Set(found) };
}

/** The objects of `relation`'s relationships that `object` names: by constraint or function, or by their columns. */
function relationshipsOf({ relationships }: Model, relation: string, { parts }: ObjectName, key: string): string[] {
  const ofRelation = [...relationships.values()].filter(({ table }) => relationKey(table) === relation);
  return ofRelation.flatMap((relationship) => {
    const { name, object } = namesOf(relationship) ?? {};
    const isNamed = parts.length === 1 && name === parts[0];
    return object !== undefined && (isNamed || object === key) ? [object] : [];
  });
}

/** What a relationship is called, and the object that it is reported of: of the relation that refers. */
function namesOf({ table, target, via, columns }: Relationship): { name: string; object: string } | undefined {
  if (via.kind === 'junction') return undefined;
  if (via.kind === 'function') {
    const { name } = via.function;
    return { name, object: qualify(table.schema, table.name, name) };
  }
  const isReferring = via.isReferring !== false;
  const referring = isReferring ? table : target;
  const own = columns.map(([left, right]) => (isReferring ? left : right));
  return { name: via.constraint, object: qualify(referring.schema, referring.name, ...own) };
}
