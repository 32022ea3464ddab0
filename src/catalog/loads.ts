import type pg from 'pg';
import { readSql } from './sql.js';

const loadsSql = readSql(import.meta.url, './loads.sql');

/** Whether PostgreSQL shows a PostgREST that is loading its schema cache; false where we may not see that. */
export async function isLoading(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ loading: number }>(loadsSql);
  return (rows[0]?.loading ?? 0) > 0;
}
