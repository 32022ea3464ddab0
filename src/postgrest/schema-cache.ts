import { keyBy } from '../lib/maps.js';
import { parseIdentifier } from '../model/identifier.js';
import {
  type Cardinality,
  type Column,
  type MediaHandler,
  type Model,
  mediaHandlerKey,
  type QualifiedName,
  type Relation,
  type Relationship,
  type Representation,
  type Routine,
  relationKey,
  relationshipKey,
  representationKey,
  routineKey,
  type Via,
} from '../model/model.js';
import { InstanceError } from './instance.js';

/** A schema cache as PostgREST dumps it, and what the version that wrote it leaves out. */
export interface SchemaCache {
  model: Model;
  hasMediaHandlers: boolean;
  hasIsolationLevels: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: what PostgREST writes, looked at field by field.
type Json = any;

/**
 * Decodes the answer of an admin server's `/schema_cache` (PostgREST 12.2 to 16), or what `--dump-schema` writes.
 * Throws InstanceError `unexpected_answer` where it is not such a document.
 */
export function decodeSchemaCache(document: string): SchemaCache {
  try {
    return decode(JSON.parse(document));
  } catch {
    throw new InstanceError('unexpected_answer', 'Its admin server answers something else than its schema cache.');
  }
}

function decode({ dbTables, dbRelationships, dbRoutines, dbRepresentations, dbMediaHandlers }: Json): SchemaCache {
  const relations = entries(dbTables).map(([, table]) => toRelation(table));
  const relationships = entries(dbRelationships).flatMap(([, list]) => list.map(toRelationship));
  const routineValues = entries(dbRoutines).flatMap(([, overloads]) => overloads);
  const mediaHandlers = entries(dbMediaHandlers).flatMap(toMediaHandler);
  return {
    model: {
      relations: keyBy(relations, relationKey),
      relationships: keyBy(relationships as Relationship[], relationshipKey),
      routines: keyBy(routineValues.map(toRoutine), routineKey),
      representations: keyBy(
        entries(dbRepresentations).map(([, representation]) => toRepresentation(representation)),
        representationKey,
      ),
      mediaHandlers: keyBy(mediaHandlers, mediaHandlerKey),
      uncertain: new Set(),
    },
    // The built-in ones are always there, unless the version writes none at all.
    hasMediaHandlers: dbMediaHandlers.length > 0,
    hasIsolationLevels: routineValues.some((routine: Json) => 'pdIsoLvl' in routine),
  };
}

function entries(value: Json): [Json, Json][] {
  if (Array.isArray(value)) return value;
  throw new TypeError('An array of pairs is expected.');
}

function toName({ qiSchema, qiName }: Json): QualifiedName {
  return { schema: text(qiSchema), name: text(qiName) };
}

function toRelation(table: Json): Relation {
  return {
    schema: text(table.tableSchema),
    name: text(table.tableName),
    isView: table.tableIsView,
    insertable: table.tableInsertable,
    updatable: table.tableUpdatable,
    deletable: table.tableDeletable,
    description: table.tableDescription ?? null,
    columns: keyBy(Object.values(table.tableColumns).map(toColumn), ({ name }) => name),
    primaryKey: table.tablePKCols,
  };
}

function toColumn(column: Json): Column {
  return {
    name: text(column.colName),
    type: text(column.colType),
    nominalType: text(column.colNominalType),
    nullable: column.colNullable,
    default: column.colDefault ?? null,
    maxLength: column.colMaxLen ?? null,
    enumLabels: column.colEnum,
    description: column.colDescription ?? null,
  };
}

const cardinalities: Record<string, Cardinality> = { M2O: 'many-to-one', O2M: 'one-to-many', O2O: 'one-to-one' };

function toRelationship(relationship: Json): Relationship {
  const ends = { table: toName(relationship.relTable), target: toName(relationship.relForeignTable) };
  if (relationship.tag === 'ComputedRelationship') {
    const via: Via = {
      kind: 'function',
      function: toName(relationship.relFunction),
      toOne: relationship.relToOne,
    };
    return { ...ends, via, columns: [] };
  }
  const { tag, contents, relCons, relColumns, isParent } = relationship.relCardinality;
  if (tag === 'M2M') {
    const via: Via = {
      kind: 'junction',
      junction: toName(contents.junTable),
      constraints: [contents.junConstraint1, contents.junConstraint2],
      targetColumns: contents.junColsTarget,
    };
    return { ...ends, via, columns: contents.junColsSource };
  }
  const cardinality = cardinalities[tag];
  if (cardinality === undefined) throw new TypeError(`An unknown cardinality: ${tag}.`);
  const isReferring =
    cardinality === 'one-to-one'
      ? isParent === undefined
        ? {}
        : { isReferring: !isParent }
      : { isReferring: cardinality === 'many-to-one' };
  const via: Via = { kind: 'foreign_key', constraint: text(relCons), cardinality, ...isReferring };
  return { ...ends, via, columns: relColumns };
}

function toRoutine(routine: Json): Routine {
  const { tag, contents } = routine.pdReturnType;
  const isComposite = contents.tag === 'Composite';
  const [type, isCompositeAlias] = isComposite ? contents.contents : [contents.contents, undefined];
  return {
    schema: text(routine.pdSchema),
    name: text(routine.pdName),
    parameters: routine.pdParams.map((parameter: Json) => ({
      name: text(parameter.ppName),
      type: text(parameter.ppType),
      castType: text(parameter.ppTypeMaxLength),
      required: parameter.ppReq,
      variadic: parameter.ppVar,
    })),
    returns: { type: toName(type), isSet: tag === 'SetOf', isComposite, isCompositeAlias },
    volatility: routine.pdVolatility.toLowerCase(),
    isVariadic: routine.pdHasVariadic,
    settings: new Map(routine.pdFuncSettings ?? timeoutSetting(routine.pdTimeout)),
    ...('pdIsoLvl' in routine && { isolationLevel: toIsolationLevel(routine.pdIsoLvl) }),
    description: routine.pdDescription ?? null,
  };
}

/** PostgREST 12.0 writes `repeatable read`, 16 `RepeatableRead`. */
function toIsolationLevel(level: string | null): string | null {
  return level === null ? null : level.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** PostgREST 12.0 keeps one setting, and only its value. */
function timeoutSetting(timeout: string | null): [string, string][] {
  return timeout === null ? [] : [['statement_timeout', timeout]];
}

function toRepresentation({ drSourceType, drTargetType, drFunction }: Json): Representation {
  const [name = '', schema = 'pg_catalog'] = parseIdentifier(text(drFunction))?.reverse() ?? [];
  return { source: text(drSourceType), target: text(drTargetType), function: { schema, name } };
}

/** Those that are built in are in no database: they are left out. */
function toMediaHandler([[target, mediaType], [handler, resolved]]: Json): MediaHandler[] {
  if (handler.tag !== 'CustomFunc') return [];
  return [
    {
      target: target.tag === 'RelAnyElement' ? null : toName(target.contents),
      mediaType: toMediaType(mediaType),
      resolvedMediaType: toMediaType(resolved),
      handler: toName(handler.contents[0]),
    },
  ];
}

/** Those that PostgREST knows are written by their constructors, all others as text. */
const knownMediaTypes = new Map([
  ['MTApplicationJSON', 'application/json'],
  ['MTGeoJSON', 'application/geo+json'],
  ['MTTextCSV', 'text/csv'],
  ['MTTextPlain', 'text/plain'],
  ['MTTextXML', 'text/xml'],
  ['MTOpenAPI', 'application/openapi+json'],
  ['MTUrlEncoded', 'application/x-www-form-urlencoded'],
  ['MTOctetStream', 'application/octet-stream'],
  ['MTVndSingularJSON', 'application/vnd.pgrst.object'],
  ['MTVndArrayJSONStrip', 'application/vnd.pgrst.array'],
  ['MTVndPlan', 'application/vnd.pgrst.plan'],
  ['MTAny', '*/*'],
]);

// Other names of the same: without a parameter an array is plain JSON.
const mediaTypeAliases = new Map([
  ['application/vnd.pgrst.object+json', 'application/vnd.pgrst.object'],
  ['application/vnd.pgrst.array', 'application/json'],
  ['application/vnd.pgrst.array+json', 'application/json'],
  ['application/vnd.pgrst.plan+text', 'application/vnd.pgrst.plan'],
]);

function toMediaType({ tag, contents }: Json): string {
  if (tag === 'MTOther') return text(contents);
  return knownMediaTypes.get(tag) ?? text(tag);
}

/** The media type that PostgREST takes one for by whose name a domain is called. */
export function countedMediaType(name: string): string {
  return mediaTypeAliases.get(name) ?? name;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('A text is expected.');
}
