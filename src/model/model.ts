import { qualify } from './identifier.js';

/**
 * The shape that both sides are read into: what PostgreSQL has, and what a PostgREST instance serves. It holds what
 * PostgREST's schema cache holds of the exposed schemas, its time zones aside. Everything is keyed by what identifies
 * it: relations by their qualified name (`public.organizations`), see the functions below for the others.
 */
export interface Model {
  relations: ReadonlyMap<string, Relation>;
  relationships: ReadonlyMap<string, Relationship>;
  /** As PostgREST before 12.2.3 counts one-to-one, where that differs. */
  relationshipsInOrder?: ReadonlyMap<string, Relationship>;
  routines: ReadonlyMap<string, Routine>;
  representations: ReadonlyMap<string, Representation>;
  mediaHandlers: ReadonlyMap<string, MediaHandler>;
  /** The keys of what this side cannot tell for sure, be it there or not: nothing is said about them. */
  uncertain: ReadonlySet<string>;
}

/** A model of nothing. */
export const noModel: Model = {
  relations: new Map(),
  relationships: new Map(),
  routines: new Map(),
  representations: new Map(),
  mediaHandlers: new Map(),
  uncertain: new Set(),
};

/** The part of `model` that is of `schemas`: what an instance that exposes them has. */
export function ofSchemas(model: Model, schemas: readonly string[]): Model {
  const isOf = ({ schema }: QualifiedName) => schemas.includes(schema);
  const areOf = ({ table, target }: Relationship) => isOf(table) && isOf(target);
  const part = <Value>(map: ReadonlyMap<string, Value>, holds: (value: Value) => boolean) =>
    new Map([...map].filter(([, value]) => holds(value)));
  return {
    ...model,
    relations: part(model.relations, isOf),
    relationships: part(model.relationships, areOf),
    ...(model.relationshipsInOrder && { relationshipsInOrder: part(model.relationshipsInOrder, areOf) }),
    routines: part(model.routines, isOf),
    mediaHandlers: part(model.mediaHandlers, ({ handler }) => isOf(handler)),
  };
}

export interface QualifiedName {
  schema: string;
  name: string;
}

export type RelationKind = 'table' | 'view' | 'materialized_view' | 'foreign_table';

export interface Relation extends QualifiedName {
  /** Unknown where the source does not tell. */
  kind?: RelationKind;
  /** Views and materialized views. */
  isView: boolean;
  insertable: boolean;
  updatable: boolean;
  deletable: boolean;
  description: string | null;
  columns: ReadonlyMap<string, Column>;
  /** Column names, in the key's order where the source tells it. Those of a view are the key of a table under it. */
  primaryKey: readonly string[];
  /** For each column of a view's key all columns that show it, where PostgREST may take any. */
  primaryKeyChoices?: readonly (readonly string[])[];
}

export interface Column {
  name: string;
  /** As PostgREST names it: a domain by its base type, built-in types without length. */
  type: string;
  /** The type as PostgREST before 13 names it, where that differs: a domain over a domain by its own name. */
  nestedDomain?: string;
  /** The declared type, with its length. */
  nominalType: string;
  nullable: boolean;
  /** An SQL expression; in what the OpenAPI document shows, a JSON text. */
  default: string | null;
  /** The default as PostgREST before 12.2.4 has it, where the column has one of its own: that of its domain. */
  domainDefault?: string | null;
  /** The default of an identity as PostgREST before 13 writes it: the sequence's name is not quoted. */
  unquotedDefault?: string;
  /** In characters or bits. */
  maxLength: number | null;
  /** An enum's labels in their order; empty for other types. */
  enumLabels: readonly string[];
  /** The labels of all enums of the type's name, where there are several: PostgREST 12 may take any. */
  enumChoices?: readonly (readonly string[])[];
  description: string | null;
}

export type Cardinality = 'many-to-one' | 'one-to-many' | 'one-to-one';

/** What lets a client embed `target` in `table`. Each direction of a foreign key is a relationship of its own. */
export interface Relationship {
  table: QualifiedName;
  target: QualifiedName;
  /** The foreign key's name, or the one that leads to the junction; or the function of a computed relationship. */
  via: Via;
  /** Pairs of a column of `table` and the column of `target`, or of the junction, that it equals. */
  columns: readonly (readonly [own: string, other: string])[];
}

export type Via =
  | {
      kind: 'foreign_key';
      constraint: string;
      cardinality: Cardinality;
      /** Whether `table` is the one that refers; PostgREST 12.0 does not tell of one-to-one relationships. */
      isReferring?: boolean;
    }
  | {
      kind: 'junction';
      junction: QualifiedName;
      /** The foreign keys of the junction that lead to `table` and to `target`. */
      constraints: readonly [string, string];
      /** Pairs of a column of `target` and the junction's column that equals it. */
      targetColumns: readonly (readonly [string, string])[];
    }
  | { kind: 'function'; function: QualifiedName; toOne: boolean };

export interface Routine extends QualifiedName {
  parameters: readonly Parameter[];
  returns: ReturnType;
  volatility: 'immutable' | 'stable' | 'volatile';
  isVariadic: boolean;
  /** Those that PostgREST applies, such as `statement_timeout`; keyed by name. */
  settings: ReadonlyMap<string, string>;
  /** Null for none; undefined where the source does not tell. */
  isolationLevel?: string | null;
  description: string | null;
}

export interface Parameter {
  /** Empty for one without a name. */
  name: string;
  type: string;
  /** `type`, or a longer one that takes any length: `character` counts as `character varying`. */
  castType: string;
  required: boolean;
  variadic: boolean;
}

export interface ReturnType {
  type: QualifiedName;
  isSet: boolean;
  isComposite: boolean;
  /** A domain over a composite type. */
  isCompositeAlias: boolean;
}

/** A cast that formats or parses a domain. Types are as PostgreSQL prints them. */
export interface Representation {
  source: string;
  target: string;
  function: QualifiedName;
}

/** What produces a media type from a relation, a function, or anything. */
export interface MediaHandler {
  /** Null for any element. */
  target: QualifiedName | null;
  mediaType: string;
  /** What the answer's Content-Type says. */
  resolvedMediaType: string;
  /** Of the aggregate, or of the domain that the function returns. */
  handler: QualifiedName;
}

export function relationKey({ schema, name }: QualifiedName): string {
  return qualify(schema, name);
}

/** Identifies a relationship by its ends and what it follows; several through views of the same columns differ by those. */
export function relationshipKey({ table, target, via, columns }: Relationship): string {
  const ends = `${relationKey(table)} ${relationKey(target)}`;
  if (via.kind === 'function') return `${ends} ${relationKey(via.function)}()`;
  const own = columns.map(([column]) => column);
  if (via.kind === 'junction') {
    const names = qualify(via.junction.schema, via.junction.name, ...via.constraints);
    return `${ends} ${names} ${qualify(...own)} ${qualify(...via.targetColumns.map(([column]) => column))}`;
  }
  const other = columns.map(([, column]) => column);
  // A key of a table to itself may have the same columns in both directions.
  const direction = via.cardinality === 'one-to-many' ? ' reversed' : '';
  return `${ends} ${qualify(via.constraint)} ${qualify(...own)} ${qualify(...other)}${direction}`;
}

const opposites: Record<Cardinality, Cardinality> = {
  'many-to-one': 'one-to-many',
  'one-to-many': 'many-to-one',
  'one-to-one': 'one-to-one',
};

/** The other direction of a relationship; a computed one has none. */
export function reversed({ table, target, via, columns }: Relationship): Relationship | undefined {
  if (via.kind === 'function') return undefined;
  if (via.kind === 'junction') {
    const [one, other] = via.constraints;
    const back: Via = { ...via, constraints: [other, one], targetColumns: columns };
    return { table: target, target: table, via: back, columns: via.targetColumns };
  }
  const isReferring = via.isReferring === undefined ? {} : { isReferring: !via.isReferring };
  const back: Via = { ...via, cardinality: opposites[via.cardinality], ...isReferring };
  return { table: target, target: table, via: back, columns: columns.map(([own, other]) => [other, own]) };
}

/** Identifies one of several functions of a name: `public.add(a integer, b integer)`. */
export function routineKey({ schema, name, parameters }: Routine): string {
  const list = parameters.map(
    (parameter) => `${parameter.name === '' ? '' : `${qualify(parameter.name)} `}${parameter.type}`,
  );
  return `${qualify(schema, name)}(${list.join(', ')})`;
}

export function representationKey({ source, target }: Representation): string {
  return `${source} -> ${target}`;
}

export function mediaHandlerKey({ target, mediaType }: MediaHandler): string {
  return `${target === null ? '*' : relationKey(target)} ${mediaType}`;
}
