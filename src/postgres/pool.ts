import pg from 'pg';
import { connectionTo, identifySession } from './connection.js';

/** How long a connection of ours waits for what, in milliseconds. */
const limits = {
  connectionTimeoutMillis: 3_000,
  statement_timeout: 10_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 15_000,
  // Our own clock, for when the server hangs and does not watch its clocks.
  query_timeout: 12_000,
};

/**
 * A pool of at most `max` connections, all of them with timeouts and our `application_name`. It connects when first
 * used, and again by itself after the database was away. `sessions` has PostgreSQL's process id of each connection
 * from before its first use until it is closed.
 */
export function createPool(databaseUrl: string, max: number, sessions?: Set<number>): pg.Pool {
  return poolOf(databaseUrl, { max, ...limits }, sessions);
}

/**
 * One connection for short questions, kept open so that asking takes one round trip, with no wait over `timeoutMs`.
 * The server's clocks run out first, so that it does not go on with what nobody waits for.
 */
export function createProbe(databaseUrl: string, timeoutMs: number): pg.Pool {
  return poolOf(databaseUrl, {
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs * 0.8,
    lock_timeout: timeoutMs * 0.8,
    idle_in_transaction_session_timeout: timeoutMs,
    query_timeout: timeoutMs,
  });
}

function poolOf(databaseUrl: string, config: pg.PoolConfig, sessions?: Set<number>): pg.Pool {
  const pids = new WeakMap<pg.ClientBase, number>();
  const pool = new pg.Pool({
    ...connectionTo(databaseUrl),
    ...config,
    async onConnect(client) {
      const pid = await identifySession(client);
      pids.set(client, pid);
      sessions?.add(pid);
    },
  });
  // An idle connection that breaks is taken out of the pool; whoever needs one next gets a new one, or the error.
  pool.on('error', () => {});
  // The pool does not watch over a connection that it has lent; whoever has it meets the error with its next query.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('remove', (client) => {
    sessions?.delete(pids.get(client) ?? 0);
  });
  return pool;
}
