import type pg from 'pg';
import type { QualifiedName } from '../model/model.js';
import { readSql } from './sql.js';

const recentSql = readSql(import.meta.url, './recent.sql');

/** Up to four relations and functions of `schemas` that were written last. Throws what node-postgres throws. */
export async function findRecent(pool: pg.Pool, schemas: readonly string[]): Promise<QualifiedName[]> {
  return (await pool.query<QualifiedName>(recentSql, [schemas])).rows;
}
