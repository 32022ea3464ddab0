import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const configurationSql = readSql(import.meta.url, './configuration_fingerprint.sql');
const writesSql = readSql(import.meta.url, './writes.sql');

/**
 * A text that stays the same as long as nothing changes that PostgREST reads its configuration from; `roles` are those
 * that it connects as, undefined where they are not known. Throws what node-postgres throws.
 */
export async function fingerprintConfiguration(pool: pg.Pool, roles: readonly string[] | undefined): Promise<string> {
  const { rows } = await pool.query<{ fingerprint: string }>(configurationSql, [roles ?? null]);
  return rows[0]?.fingerprint ?? '';
}

/**
 * A text that stays the same as long as nobody writes to the catalogs, or has not yet reported it, which takes up to
 * 10 s. Costs reading a few counters. Throws what node-postgres throws.
 */
export async function countWrites(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ writes: string }>(writesSql);
  return rows[0]?.writes ?? '';
}
