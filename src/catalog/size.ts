import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const sizeSql = readSql(import.meta.url, './size.sql');

// Parsing and comparing as many takes about 30 ms.
const manyColumns = 3_000;

/** Whether the relations of `schemas` have so many columns that whoever reads them would keep others waiting. */
export async function isLarge(pool: pg.Pool, schemas: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ columns: number }>(sizeSql, [[...new Set(schemas)]]);
  return (rows[0]?.columns ?? 0) > manyColumns;
}

/** A text that stays the same as long as no transaction has written anything to any database of the server. */
export async function writtenSoFar(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_catalog.pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
