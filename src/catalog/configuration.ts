import type { Query } from './catalog.js';
import { readSql } from './sql.js';

const configurationSql = readSql(import.meta.url, './configuration.sql');

/** A setting that PostgREST reads from the database: `db_schemas`. */
export interface PgrstSetting {
  /** Null for one of the database. */
  role: string | null;
  /** Whether it applies to PostgREST; null where we may not see which role that is. */
  isPostgrest: boolean | null;
  /** Without `pgrst.`. */
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
