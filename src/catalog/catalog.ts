import type pg from 'pg';
import { keyBy } from '../lib/maps.js';
import { readSql } from '../lib/sql.js';
import {
  type MediaHandler,
  type Model,
  mediaHandlerKey,
  noModel,
  type QualifiedName,
  type Relation,
  type Representation,
  relationKey,
  relationshipKey,
  representationKey,
  routineKey,
} from '../model/model.js';
import { readOnly } from '../postgres/transaction.js';
import { type Configuration, readConfiguration } from './configuration.js';
import { type Query, queryOn } from './query.js';
import { readRelations } from './read-relations.js';
import { readRelationships, readTableRelationships } from './read-relationships.js';
import { readMediaHandlers, readRepresentations, readRoutines } from './read-routines.js';

const anonRoleSql = readSql(import.meta.url, './anon_role.sql');

export interface Catalog {
  model: Model;
  /** What is not in the model because PostgREST may have it or not. */
  undecided: readonly (Representation | MediaHandler)[];
  /** The role whose privileges `visible` follows. */
  role: string;
  /**
   * The relations, by key, that PostgREST's OpenAPI document shows to the role asked as; undefined where PostgreSQL
   * has no such role.
   */
  visible: ReadonlySet<string> | undefined;
  /** Those that were asked for. */
  schemas: readonly string[];
  /** PostgREST's own in the database, and which of the schemas exist. */
  configuration: Configuration;
}

/** What PostgREST is configured with, as far as it decides what it reads. */
export interface CatalogOptions {
  /** The role whose privileges the OpenAPI document follows; without it, the anonymous role that PostgREST's
   * configuration in the database names, else `anon`. */
  role?: string | undefined;
  /** PostgREST's db-extra-search-path: it follows views through these schemas; undefined where it is not known. */
  extraSearchPath?: readonly string[] | undefined;
  /** The role that PostgREST connects as; without it, that of the sessions that listen for notifications. */
  authenticator?: string | undefined;
}

/**
 * Reads what PostgreSQL has in `schemas`, as PostgREST would cache it, at one moment: a dozen queries in one read-only,
 * repeatable-read transaction. Throws what node-postgres throws.
 */
export function readCatalog(pool: pg.Pool, schemas: readonly string[], options: CatalogOptions = {}): Promise<Catalog> {
  return readOnly(pool, async (client) => {
    const query = queryOn(client);
    const role = options.role ?? (await query<{ role: string }>(anonRoleSql))[0]?.role ?? 'anon';
    const { relations, visible } = await readRelations(query, schemas, role);
    const { relationships, inOrder, primaryKeys, uncertain } = await readRelationships(
      query,
      schemas,
      relations,
      options.extraSearchPath,
    );
    const routines = await readRoutines(query, schemas);
    const representations = await readRepresentations(query, options.authenticator);
    const mediaHandlers = await readMediaHandlers(query, schemas);
    const configuration = await readConfiguration(query, schemas, options.extraSearchPath);
    const withKeys = relations.map(({ relation, id }): Relation => ({ ...relation, ...primaryKeys.get(id) }));
    return {
      role,
      model: {
        relations: keyBy(withKeys, relationKey),
        relationships: keyBy(relationships, relationshipKey),
        ...(inOrder && { relationshipsInOrder: keyBy(inOrder, relationshipKey) }),
        routines: keyBy(routines, routineKey),
        representations: keyBy(representations.certain, representationKey),
        mediaHandlers: keyBy(mediaHandlers.certain, mediaHandlerKey),
        uncertain: new Set([
          ...uncertain,
          ...representations.uncertain.map(representationKey),
          ...mediaHandlers.uncertain.map(mediaHandlerKey),
        ]),
      },
      undecided: [...representations.uncertain, ...mediaHandlers.uncertain],
      visible,
      schemas,
      configuration,
    };
  });
}

/** Reads PostgREST's configuration alone, as `Catalog.configuration`. Throws what node-postgres throws. */
export function readConfigurationOf(
  pool: pg.Pool,
  schemas: readonly string[],
  { extraSearchPath }: CatalogOptions = {},
): Promise<Configuration> {
  return readOnly(pool, (client) => readConfiguration(queryOn(client), schemas, extraSearchPath));
}

/** What there can be under the name of a relation or function. */
export type NamedKind = 'relation' | 'relationship' | 'routine';

/**
 * Reads what PostgreSQL has under one name of a schema, or only what is of one `kind`: a relation with its columns, its
 * relationships with the schemas `exposed` that need no look at views and junctions, and functions. A few quick queries,
 * however large the schema is. Throws what node-postgres throws.
 */
export function readNamed(
  pool: pg.Pool,
  { schema, name }: QualifiedName,
  exposed: readonly string[],
  kind?: NamedKind,
): Promise<Model> {
  const isWanted = (other: NamedKind) => kind === undefined || kind === other;
  const read = async (query: Query): Promise<Model> => {
    const { relations } = kind === 'routine' ? { relations: [] } : await readRelations(query, [schema], '', name);
    const [relation] = relations;
    const hasRelationships = relation !== undefined && isWanted('relationship');
    const relationships = hasRelationships ? await readTableRelationships(query, exposed, relation) : [];
    const routines = isWanted('routine') ? await readRoutines(query, [schema], name) : [];
    return {
      ...noModel,
      relations: keyBy(isWanted('relation') ? relations.map((each) => each.relation) : [], relationKey),
      relationships: keyBy(relationships, relationshipKey),
      routines: keyBy(routines, routineKey),
    };
  };
  return readOnly(pool, async (client) => {
    // Joined as written, which fits few rows: to find the best way takes PostgreSQL longer than to go it.
    await client.query('set local join_collapse_limit = 1');
    return read(queryOn(client));
  });
}
