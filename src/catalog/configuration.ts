import type { Query } from './catalog.js';
import { readSql } from './sql.js';

const configurationSql = readSql(import.meta.url, './configuration.sql');

/** A setting that PostgREST reads from the database, of the role that it connects as. */
export interface PgrstSetting {
  role: string;
  /** Without `pgrst.`: `db_schemas`. */
  name: string;
  value: string;
}

/** What the database has of PostgREST's configuration; of settings of one name the last counts. */
export interface Configuration {
  settings: readonly PgrstSetting[];
  /** Those of the asked schemas that exist. */
  schemas: readonly string[];
}

/** Reads the configuration, for an instance that exposes `schemas`. */
export async function readConfiguration(query: Query, schemas: readonly string[]): Promise<Configuration> {
  const [row] = await query<{ settings: PgrstSetting[]; schemas: string[] }>(configurationSql, schemas);
  return row ?? { settings: [], schemas: [] };
}
