import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const deafnessSql = readSql(import.meta.url, './deafness.sql');

/** What keeps notifications from PostgREST. */
export interface Deafness {
  isStandby: boolean;
  /** Sessions of PostgREST, by their application name, that do not listen. */
  otherSessions: number;
}

/** Throws what node-postgres throws. */
export async function findDeafness(pool: pg.Pool): Promise<Deafness> {
  const { rows } = await pool.query<Deafness>(deafnessSql);
  return rows[0] ?? { isStandby: false, otherSessions: 0 };
}
