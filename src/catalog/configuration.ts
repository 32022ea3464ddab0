import { readSql } from '../lib/sql.js';
import { schemasIn } from '../model/schema-list.js';
import type { Query } from './query.js';

const existingSchemasSql = readSql(import.meta.url, './existing_schemas.sql');
const configurationSql = readSql(import.meta.url, './configuration.sql');

/** A setting that PostgREST reads from the database, of the role that it connects as. */
export interface PgrstSetting {
  role: string;
  /** For this database alone, or for all. */
  inDatabase: boolean;
  /** Without `pgrst.`: `db_schemas`. */
  name: string;
  value: string;
}

/** What the database has of PostgREST's configuration; of settings of one name that for this database counts. */
export interface Configuration {
  database: string;
  settings: readonly PgrstSetting[];
  /** PostgREST's db-extra-search-path, as far as it is known. */
  extraSearchPath: readonly string[];
  /** That of our own PGRST_DB_EXTRA_SEARCH_PATH, which is to be as PostgREST has it. */
  ownSearchPath: readonly string[];
  /** Those of the asked schemas and of `extraSearchPath` that exist. */
  schemas: readonly string[];
}

/**
 * Reads the configuration, for an instance that exposes `schemas`, with `extraSearchPath` where its file or environment set
 * that.
 */
export async function readConfiguration(
  query: Query,
  schemas: readonly string[],
  extraSearchPath: readonly string[] = [],
): Promise<Configuration> {
  const [row] = await query<Pick<Configuration, 'database' | 'settings'>>(configurationSql);
  if (row === undefined) throw new Error('configuration.sql returned no row.');
  const setting = row.settings.findLast(({ name }) => name === 'db_extra_search_path');
  const path = setting === undefined ? extraSearchPath : schemasIn(setting.value);
  const existing = await query<{ name: string }>(existingSchemasSql, [...schemas, ...path]);
  return { ...row, extraSearchPath: path, ownSearchPath: extraSearchPath, schemas: existing.map(({ name }) => name) };
}
