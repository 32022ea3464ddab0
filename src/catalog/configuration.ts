import { readSql } from '../lib/sql.js';
import type { Query } from './query.js';

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
  /** Those of the asked schemas that exist. */
  schemas: readonly string[];
}

/** Reads the configuration, for an instance that exposes `schemas`. */
export async function readConfiguration(query: Query, schemas: readonly string[]): Promise<Configuration> {
  const [row] = await query<Configuration>(configurationSql, schemas);
  if (row === undefined) throw new Error('configuration.sql returned no row.');
  return row;
}
