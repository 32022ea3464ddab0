import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const ownersSql = readSql(import.meta.url, './session_owners.sql');

/** Who a session belongs to. */
export interface SessionOwner {
  /** Null where PostgreSQL does not say. */
  role: string | null;
  applicationName: string | null;
}

/** Finds the sessions that are there now, of those with these process ids. */
export async function findSessionOwners(
  client: pg.ClientBase,
  pids: readonly number[],
): Promise<Map<number, SessionOwner>> {
  const { rows } = await client.query<SessionOwner & { pid: number }>(ownersSql, [pids]);
  return new Map(rows.map(({ pid, ...owner }) => [pid, owner]));
}
