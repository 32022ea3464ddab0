import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import type { Lock } from '../postgres/advisory-lock.js';

const keepersSql = readSql(import.meta.url, './lock_holders.sql');

/** A session that holds, or waits for, an office. */
export interface KeeperSession {
  pid: number;
  /** It is of this service, or of a copy. */
  isOurs: boolean;
}

/** Finds who keeps an office. Throws what node-postgres throws. */
export async function findKeepers(pool: pg.Pool, office: Lock): Promise<KeeperSession[]> {
  return (await pool.query<KeeperSession>(keepersSql, [office.kind, office.name])).rows;
}
