import type pg from 'pg';
import { readSql } from '../../lib/sql.js';
import { findListeners } from '../../sessions/listeners.js';
import type { Setting, Surroundings } from '../facts.js';

const schemasSql = readSql(import.meta.url, './schemas.sql');
const settingsSql = readSql(import.meta.url, './settings.sql');
const loginsSql = readSql(import.meta.url, './logins.sql');

/** Reads what PostgreSQL knows of PostgREST: its settings, its sessions, who listens on `channel`. */
export async function lookUpSurroundings(client: pg.PoolClient, channel: string): Promise<Surroundings> {
  const schemas = await client.query<{ name: string }>(schemasSql);
  const settings = await client.query<Setting>(settingsSql);
  const logins = await client.query<Surroundings['logins'][number]>(loginsSql);
  const server = await client.query<Pick<Surroundings, 'isStandby' | 'database'>>(
    'select pg_is_in_recovery() as "isStandby", current_database() as database',
  );
  return {
    isStandby: server.rows[0]?.isStandby === true,
    database: server.rows[0]?.database ?? '',
    schemas: schemas.rows.map(({ name }) => name),
    settings: settings.rows,
    logins: logins.rows,
    listeners: await findListeners(client, channel),
  };
}
