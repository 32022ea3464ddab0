import { groupBy, keyBy } from '../lib/maps.js';
import { mayBeSameDefault } from '../model/default-expression.js';
import {
  type Column,
  type Model,
  noModel,
  type Relation,
  type Relationship,
  relationKey,
  relationshipKey,
  reversed,
} from '../model/model.js';
import { methodsNotShown, notedKey, notedRelationship, notShown } from './openapi.js';
import { rulesOf } from './version-rules.js';

/** What decides what an OpenAPI document shows of the catalog. */
export interface OpenApiView {
  /** The PostgREST version that wrote it. */
  version: string;
  /** The relations, by key, that it shows to the role it was asked as. */
  visible: ReadonlySet<string>;
}

/**
 * Both models, each without what an OpenAPI document cannot tell of it: what is left differs only where catalog and
 * cache differ. Left out are relations that the role may not see, keys of views, foreign keys of several columns or
 * into other schemas, before PostgREST 12.2 one-to-one relationships, and all that is no relation.
 */
export function asOpenApiShows(catalog: Model, shown: Model, view: OpenApiView): { catalog: Model; shown: Model } {
  const isListed = (key: string) => view.visible.has(key) || shown.relations.has(key);
  // Most are equal, and large schemas have many: they are not described.
  const unlike = new Map(
    [...shown.relations].filter(([key, relation]) => !isAlike(catalog.relations.get(key), relation, view)),
  );
  const left = [...catalog.relations].filter(
    ([key]) => unlike.has(key) || (isListed(key) && !shown.relations.has(key)),
  );
  const isNoted = ({ table }: Relationship) => isListed(relationKey(table));
  const noted = [...catalog.relationships.values()].filter((key) => isNoted(key) && isSimple(key, catalog));
  return {
    catalog: {
      ...noModel,
      relations: keyBy(
        left.map(([, relation]) => catalogSide(relation, view)),
        relationKey,
      ),
      relationships: notedKeys(noted, shown, view.version),
    },
    shown: {
      ...noModel,
      relations: keyBy(
        [...unlike.values()].map((relation) => shownSide(relation, catalog, view)),
        relationKey,
      ),
      relationships: keyBy(
        [...shown.relationships.values()].filter((key) => !isOfView(key, catalog)),
        notedKey,
      ),
    },
  };
}

/** Whether a document shows a relation as the catalog has it; false also where only a comparison in detail can tell. */
function isAlike(here: Relation | undefined, there: Relation, { version }: OpenApiView): boolean {
  if (here === undefined || here.columns.size !== there.columns.size) return false;
  if (here.kind === 'table' && here.primaryKey.join() !== there.primaryKey.join()) return false;
  return [...here.columns.values()].every((column) => {
    const other = there.columns.get(column.name);
    return (
      other !== undefined &&
      column.nullable === other.nullable &&
      shownType(column.type, version) === shownType(other.type, version) &&
      mayBeSameDefault(shownDefault(column), shownOf(other), column.type)
    );
  });
}

/** `catalog` without the names that the documents behind `shown` tell: what is left has to be asked for by name. */
export function withoutTold(catalog: Model, { model: shown, version }: { model: Model; version: string }): Model {
  const isShown = ({ table }: Relationship) => shown.relations.has(relationKey(table));
  const simple = [...catalog.relationships].filter(([, one]) => isShown(one) && isSimple(one, catalog));
  const keys = new Set<string>();
  for (const [only, ...others] of groupBy(simple, ([, one]) => notedKey(one)).values()) {
    if (only === undefined || others.length > 0 || (isOneToOne(only[1]) && !rulesOf(version).documentedOneToOne))
      continue;
    const back = reversed(only[1]);
    keys.add(only[0]);
    if (back !== undefined) keys.add(relationshipKey(back));
  }
  return {
    ...catalog,
    relations: new Map([...catalog.relations].filter(([key]) => !shown.relations.has(key))),
    relationships: new Map([...catalog.relationships].filter(([key]) => !keys.has(key))),
  };
}

function catalogSide(relation: Relation, view: OpenApiView): Relation {
  const columns = [...relation.columns.values()].map((column): [string, Column] => [
    column.name,
    { ...column, ...notShown, type: shownType(column.type, view.version), default: shownDefault(column) },
  ]);
  const { schema, name, isView } = relation;
  const primaryKey = isView ? [] : relation.primaryKey;
  return {
    ...methodsNotShown,
    ...(relation.kind !== undefined && { kind: relation.kind }),
    schema,
    name,
    columns: new Map(columns),
    primaryKey,
  };
}

function shownSide(relation: Relation, catalog: Model, view: OpenApiView): Relation {
  const columns = [...relation.columns.values()].map((column): [string, Column] => [
    column.name,
    { ...column, type: shownType(column.type, view.version), default: shownOf(column) },
  ]);
  const kind = catalog.relations.get(relationKey(relation))?.kind;
  const mayHaveKey = kind === undefined || kind === 'table';
  return { ...relation, columns: new Map(columns), primaryKey: mayHaveKey ? relation.primaryKey : [] };
}

/** A foreign key of one column, between tables of one schema. */
function isSimple({ table, target, via, columns }: Relationship, catalog: Model): boolean {
  return (
    via.kind === 'foreign_key' &&
    via.isReferring === true &&
    columns.length === 1 &&
    table.schema === target.schema &&
    catalog.relations.get(relationKey(table))?.isView === false &&
    catalog.relations.get(relationKey(target))?.isView !== true
  );
}

function isOfView({ table, target }: Relationship, catalog: Model): boolean {
  return [table, target].some((end) => catalog.relations.get(relationKey(end))?.isView === true);
}

/**
 * The foreign keys that the document would note: one for each column, although a column may have several. Of those
 * the one that it does note is taken, where it notes one of them.
 */
function notedKeys(relationships: readonly Relationship[], shown: Model, version: string): Map<string, Relationship> {
  const byColumn = groupBy(relationships, notedKey);
  const noted = [...byColumn].flatMap(([key, ofColumn]) => {
    const found = shown.relationships.get(key);
    const same = ofColumn.find((one) => found !== undefined && leadsToTheSame(one, found));
    const expected = same ?? ofColumn.find((one) => !isOneToOne(one) || rulesOf(version).documentedOneToOne);
    const [own, other] = expected?.columns[0] ?? [];
    if (expected === undefined || own === undefined || other === undefined) return [];
    return notedRelationship(expected.table, own, expected.target, other);
  });
  return keyBy(noted, notedKey);
}

function leadsToTheSame(one: Relationship, other: Relationship): boolean {
  return one.target.name === other.target.name && one.columns[0]?.[1] === other.columns[0]?.[1];
}

function isOneToOne({ via }: Relationship): boolean {
  return via.kind === 'foreign_key' && via.cardinality === 'one-to-one';
}

// From PostgREST 14 on the document names numeric types as OpenAPI does, and may no longer tell short integers apart.
const formats = new Map([
  ['smallint', 'int32'],
  ['int16', 'int32'],
  ['integer', 'int32'],
  ['bigint', 'int64'],
  ['real', 'float'],
  ['double precision', 'double'],
]);

/** The type that a document of `version` shows, so that two of one kind are equal; arrays by their elements. */
function shownType(type: string, version: string): string {
  if (!rulesOf(version).openApiFormats) return type;
  const [, element = type, brackets = ''] = /^(.*?)((?:\[\])*)$/s.exec(type) ?? [];
  return `${formats.get(element) ?? element}${brackets}`;
}

const numberTypes = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

/** Whether a bytea is shown at all hangs on a setting of PostgREST's session. */
function shownOf({ type, default: shown }: Column): string | null {
  return type === 'bytea' ? null : shown;
}

/**
 * A column's default as the document shows it: the expression, read as JSON, where that is possible. What PostgREST
 * takes for a string type loses its cast and quotes and gets double quotes first.
 */
function shownDefault(column: Column): string | null {
  const { type } = column;
  if (column.default === null || type === 'bytea') return null;
  const isString = !numberTypes.has(type) && !['boolean', 'json', 'jsonb'].includes(type) && !type.endsWith('[]');
  const cast = `::${type}`;
  const literal = column.default.endsWith(cast)
    ? column.default.slice(0, -cast.length).replaceAll(/^'+|'+$/g, '')
    : column.default;
  try {
    const value: unknown = JSON.parse(isString ? `"${literal}"` : column.default);
    // Half of a surrogate pair is no text for PostgREST's parser.
    return typeof value === 'string' && /\p{Cs}/u.test(value) ? null : JSON.stringify(value);
  } catch {
    return null;
  }
}
