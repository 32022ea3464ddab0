import type pg from 'pg';
import { readSql } from './sql.js';

const loadsSql = readSql(import.meta.url, './loads.sql');

/** What PostgreSQL shows of the sessions in which PostgREST loads its schema cache. */
interface Loads {
  loading: number;
  /** Of those that load, who will see all that is committed by now. */
  current: number;
  listening: number;
  isHidden: boolean;
  hasStandby: boolean;
}

/** Whether PostgreSQL shows a PostgREST that is loading its schema cache; false where we may not see that. */
export async function isLoading(pool: pg.Pool): Promise<boolean> {
  const loads = await readLoads(pool);
  return loads !== undefined && loads.loading > 0;
}

/**
 * Whether all that is committed by now will be in every schema cache that is taken up from now on: none of the
 * `instances` is loading what it has read before. False where we cannot tell: other roles' sessions are hidden from us,
 * not all instances listen, or some may load from a standby.
 */
export async function isClear(pool: pg.Pool, instances: number): Promise<boolean> {
  const loads = await readLoads(pool);
  if (loads === undefined || loads.isHidden || loads.hasStandby || loads.listening < instances) return false;
  return loads.loading === loads.current;
}

async function readLoads(pool: pg.Pool): Promise<Loads | undefined> {
  return (await pool.query<Loads>(loadsSql)).rows[0];
}
