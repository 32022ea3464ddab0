import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import type { Lock } from '../postgres/advisory-lock.js';

const lockHoldersSql = readSql(import.meta.url, './lock_holders.sql');

/** A session that holds, or waits for, an advisory lock. */
export interface LockHolder {
  pid: number;
  /** It is of this service, or of a copy. */
  isOurs: boolean;
}

/** Finds who holds, or waits for, a lock alone. Throws what node-postgres throws. */
export async function findLockHolders(pool: pg.Pool, lock: Lock): Promise<LockHolder[]> {
  return (await pool.query<LockHolder>(lockHoldersSql, [lock.kind, lock.name])).rows;
}
