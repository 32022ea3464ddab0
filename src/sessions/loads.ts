import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const loadsSql = readSql(import.meta.url, './loads.sql');

/** A transaction in which PostgREST reads the catalogs: for its schema cache, its configuration or an OpenAPI document. */
export interface Load {
  id: string;
  /** In ms, on PostgreSQL's clock. */
  begunAt: number;
  /** It asks what only the load of a schema cache asks. */
  isOfCache: boolean;
  /** All that is committed by now will be in what it loads. */
  isCurrent: boolean;
}

/** What PostgreSQL shows at one moment of the loads of schema caches. */
export interface Loads {
  /** A text that stays the same as long as no transaction writes anything. */
  written: string;
  /** That moment, in ms, on PostgreSQL's clock. */
  at: number;
  loads: readonly Load[];
  /** The sessions that listen on the channel. */
  listening: number;
  /** Those of them that call themselves PostgREST. */
  namedListening: number;
  /** We may not see what other roles' sessions do. */
  isHidden: boolean;
  /** A standby follows, from which a PostgREST may load. */
  hasStandby: boolean;
}

const nothingShown: Loads = {
  written: '',
  at: 0,
  loads: [],
  listening: 0,
  namedListening: 0,
  isHidden: true,
  hasStandby: false,
};

/** `channel` is what PostgREST listens on. Throws what node-postgres throws. */
export async function readLoads(pool: pg.Pool, channel: string): Promise<Loads> {
  const { rows } = await pool.query<Loads>(loadsSql, [channel]);
  return rows[0] ?? nothingShown;
}

// The document of a small schema is made in less, and its load takes longer.
const longerThanDocumentsMs = 60;

/** Whether PostgreSQL shows a PostgREST that is loading its schema cache; false where we may not see that. */
export async function isLoading(pool: pg.Pool, channel: string): Promise<boolean> {
  const { loads: before } = await readLoads(pool, channel);
  if (before.length === 0) return false;
  await delay(longerThanDocumentsMs);
  return cacheLoads(await readLoads(pool, channel), before).length > 0;
}

/** Whether we see all that loads where there are as many instances: each, as far as can be told, says who it is. */
export function showsAll({ namedListening, isHidden, hasStandby }: Loads, instances: number): boolean {
  return namedListening === instances && !isHidden && !hasStandby;
}

/**
 * Those of the loads shown that are of schema caches: they ask what only these ask, or are among `before`. Each instance
 * loads one at a time.
 */
export function cacheLoads({ loads }: Loads, before: readonly Load[]): Load[] {
  return loads.filter(({ id, isOfCache }) => isOfCache || before.some((other) => other.id === id));
}
