import { keyBy } from '../lib/maps.js';
import { qualify } from '../model/identifier.js';
import {
  type Column,
  type Model,
  noModel,
  type QualifiedName,
  type Relation,
  type Relationship,
  relationKey,
} from '../model/model.js';
import { InstanceError } from './instance.js';

/** What one OpenAPI document of PostgREST says. */
export interface OpenApiReading {
  /** As in `info.version`, without the commit: `12.2.12`. */
  version: string;
  model: Model;
}

interface Property {
  format?: unknown;
  default?: unknown;
  description?: unknown;
}

/**
 * Decodes the document (OpenAPI 2.0, as PostgREST 12 to 16 write it) that an instance serves for `schema`.
 * A column's keys stand behind its comment, as a note that a comment may look like: `catalog` tells them apart.
 * Throws InstanceError `unexpected_answer` where it is not such a document.
 */
export function decodeOpenApi(document: unknown, schema: string, catalog: Model): OpenApiReading {
  const { info, definitions, swagger } = asObject(document);
  const { version } = asObject(info);
  if (swagger !== '2.0' || typeof version !== 'string' || !isOfPostgrest(version)) {
    throw new InstanceError('unexpected_answer', 'Its root answers something else than its OpenAPI document.');
  }
  const relations = Object.entries(asObject(definitions)).map(([name, definition]) => {
    const columns = catalog.relations.get(relationKey({ schema, name }))?.columns;
    return decodeRelation(schema, name, asObject(definition), (column) => columns?.get(column)?.description ?? '');
  });
  return {
    version: version.split(' ')[0] ?? version,
    model: {
      ...noModel,
      relations: keyBy(
        relations.map(({ relation }) => relation),
        relationKey,
      ),
      relationships: keyBy(
        relations.flatMap(({ relationships }) => relationships),
        notedKey,
      ),
    },
  };
}

// A function of db-root-spec may serve a document of somebody's own API, whose version is hardly as high.
const lowestVersion = 9;

function isOfPostgrest(version: string): boolean {
  return Number.parseInt(version, 10) >= lowestVersion;
}

/** What a document says nothing of: equal on both sides. */
export const notShown = { nominalType: '', maxLength: null, enumLabels: [], description: null };
export const methodsNotShown = { isView: false, insertable: true, updatable: true, deletable: true, description: null };

/** A foreign key as a document notes it, on one column of a relation and without its name. */
export function notedRelationship(
  table: QualifiedName,
  column: string,
  target: QualifiedName,
  targetColumn: string,
): Relationship {
  return {
    table,
    target,
    via: { kind: 'foreign_key', constraint: '', cardinality: 'many-to-one', isReferring: true },
    columns: [[column, targetColumn]],
  };
}

/** Identifies a noted foreign key: there is one for a column. */
export function notedKey({ table, columns }: Relationship): string {
  return qualify(table.schema, table.name, columns[0]?.[0] ?? '');
}

function decodeRelation(
  schema: string,
  name: string,
  definition: Record<string, unknown>,
  commentOn: (column: string) => string,
): { relation: Relation; relationships: Relationship[] } {
  const required = new Set(Array.isArray(definition.required) ? definition.required : []);
  const properties = Object.entries(asObject(definition.properties)).map(
    ([column, property]) => [column, asObject(property) as Property] as const,
  );
  const columns = properties.map(([column, property]): [string, Column] => [
    column,
    {
      name: column,
      type: typeof property.format === 'string' ? property.format : '',
      nullable: !required.has(column),
      default: property.default === undefined ? null : JSON.stringify(property.default),
      ...notShown,
    },
  ]);
  const notes = properties.flatMap(([column, { description }]) =>
    typeof description === 'string' ? [{ column, ...decodeNote(description, commentOn(column)) }] : [],
  );
  return {
    relation: {
      schema,
      name,
      ...methodsNotShown,
      columns: new Map(columns),
      primaryKey: notes.filter((note) => note.isPrimaryKey).map((note) => note.column),
    },
    relationships: notes.flatMap(({ column, target }) =>
      target === undefined
        ? []
        : [notedRelationship({ schema, name }, column, { schema, name: target.relation }, target.column)],
    ),
  };
}

const notePattern =
  /(?:^|\n\n)Note:(?<pk>\nThis is a Primary Key\.<pk\/>)?(?:\nThis is a Foreign Key to `.*`\.<fk table='(?<relation>.*)' column='(?<column>.*)'\/>)?$/s;

function decodeNote(
  description: string,
  comment: string,
): { isPrimaryKey: boolean; target?: { relation: string; column: string } } {
  const rest = description.startsWith(comment) ? description.slice(comment.length) : description;
  // What follows the catalog's comment is the note, unless the cached comment is another one that begins like it.
  const note = rest === '' || rest.startsWith('\n\nNote:') ? rest : description;
  const groups = notePattern.exec(note)?.groups;
  const { pk, relation, column } = groups ?? {};
  return {
    isPrimaryKey: pk !== undefined,
    ...(relation !== undefined && column !== undefined && { target: { relation, column } }),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
