import { type Column, type ForeignKey, type Model, type Relation, relationKey } from '../model/model.js';

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
 * into other schemas, and, before PostgREST 12.2, one-to-one relationships.
 */
export function asOpenApiShows(catalog: Model, shown: Model, view: OpenApiView): { catalog: Model; shown: Model } {
  const left = [...catalog.relations.values()].filter(
    (relation) => view.visible.has(relationKey(relation)) || shown.relations.has(relationKey(relation)),
  );
  const right = [...shown.relations.values()];
  return {
    catalog: byKey(left.map((relation) => catalogSide(relation, shown.relations.get(relationKey(relation)), view))),
    shown: byKey(right.map((relation) => shownSide(relation, catalog, view))),
  };
}

function catalogSide(relation: Relation, shown: Relation | undefined, view: OpenApiView): Relation {
  const columns = [...relation.columns.values()].map((column): [string, Column] => [
    column.name,
    { ...column, type: shownType(column.type, view.version), default: shownDefault(column) },
  ]);
  return { ...relation, columns: new Map(columns), foreignKeys: notedKeys(relation, shown, view.version) };
}

function shownSide(relation: Relation, catalog: Model, view: OpenApiView): Relation {
  const columns = [...relation.columns.values()].map((column): [string, Column] => [
    column.name,
    { ...column, type: shownType(column.type, view.version) },
  ]);
  const actual = catalog.relations.get(relationKey(relation));
  const isView = actual !== undefined && actual.kind !== 'table';
  const leadsToView = (key: ForeignKey) => {
    const kind = catalog.relations.get(relationKey(key.target))?.kind;
    return kind === 'view' || kind === 'materialized_view';
  };
  return {
    ...relation,
    columns: new Map(columns),
    primaryKey: isView ? [] : relation.primaryKey,
    foreignKeys: isView ? [] : relation.foreignKeys.filter((key) => !leadsToView(key)),
  };
}

/**
 * The foreign keys that the document would note: one for each column, although a column may have several. Of those
 * the one that it does note is taken, where it notes one of them.
 */
function notedKeys(relation: Relation, shown: Relation | undefined, version: string): ForeignKey[] {
  const candidates = relation.foreignKeys.filter(
    (key) => key.columns.length === 1 && key.target.schema === relation.schema,
  );
  const columns = new Set(candidates.map((key) => key.columns[0]));
  return [...columns].flatMap((column) => {
    const keys = candidates.filter((key) => key.columns[0] === column);
    const noted = shown?.foreignKeys.find((key) => key.columns[0] === column);
    const same = keys.find((key) => noted !== undefined && leadsToTheSame(key, noted));
    const expected = same ?? keys.find((key) => key.oneToOne !== true || notesOneToOne(version));
    return expected === undefined ? [] : [expected];
  });
}

function leadsToTheSame(one: ForeignKey, other: ForeignKey): boolean {
  return one.target.name === other.target.name && one.target.columns[0] === other.target.columns[0];
}

function notesOneToOne(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 12 || (major === 12 && minor >= 2);
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
  if (Number.parseInt(version, 10) < 14) return type;
  const [, element = type, brackets = ''] = /^(.*?)((?:\[\])*)$/s.exec(type) ?? [];
  return `${formats.get(element) ?? element}${brackets}`;
}

const numberTypes = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

/**
 * A column's default as the document shows it: the expression, read as JSON, where that is possible. What PostgREST
 * takes for a string type loses its cast and quotes and gets double quotes first.
 */
function shownDefault(column: Column): string | null {
  if (column.default === null) return null;
  const { type } = column;
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

function byKey(relations: Relation[]): Model {
  return { relations: new Map(relations.map((relation) => [relationKey(relation), relation])) };
}
