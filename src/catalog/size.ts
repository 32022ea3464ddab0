import type pg from 'pg';
import { readSql } from './sql.js';

const sizeSql = readSql(import.meta.url, './size.sql');

/** About how many columns the relations of `schemas` have. */
export async function countColumns(pool: pg.Pool, schemas: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ columns: number }>(sizeSql, [schemas]);
  return rows[0]?.columns ?? 0;
}

/** A text that stays the same as long as no transaction has written anything to any database of the server. */
export async function writtenSoFar(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_catalog.pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
