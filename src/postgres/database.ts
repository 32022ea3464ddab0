import pg from 'pg';
import { connectionTo, identifySession, otherSearchPath } from './connection.js';

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

/** Runs `work` in one read-only, repeatable-read transaction: all that it reads is of the same moment. */
export function readOnly<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  return transaction(pool, 'begin isolation level repeatable read read only', work);
}

/**
 * Runs `work` in one transaction that is committed, or rolled back if `work` throws. The connection is closed then: what event
 * triggers of others have set in its session goes with it.
 */
export function readWrite<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  return transaction(pool, 'begin', work, true);
}

async function transaction<Result>(
  pool: pg.Pool,
  begin: string,
  work: (client: pg.PoolClient) => Promise<Result>,
  isClosed = false,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    client.release(isClosed);
    return result;
  } catch (error) {
    // Closing the connection rolls back, also where it hangs and would not answer to `rollback`.
    client.release(true);
    throw error;
  }
}

/** What an error of node-postgres means to a caller. */
export interface DatabaseFailure {
  kind: 'unavailable' | 'timeout' | 'insufficient_privilege' | 'standby';
  /** One sentence, without connection string or SQL. */
  detail: string;
}

// SQLSTATE classes and codes, and what they say about the database.
const sqlstates: [RegExp, DatabaseFailure['kind'], string][] = [
  [/^(57014|55P03)$/, 'timeout', 'PostgreSQL took too long'],
  [/^42501$/, 'insufficient_privilege', 'PostgreSQL refuses'],
  [/^25006$/, 'standby', 'PostgreSQL is read-only here'],
  // Connections, resources, shutdown, credentials, a database that is not there.
  [/^(08|53|57|28|3D)/, 'unavailable', 'PostgreSQL does not serve us'],
];
// Sockets, names that do not resolve, TLS: Node's errors have a code. The driver's own have only a text.
const socketCodes = /^E[A-Z_]+$|^(UNABLE|CERT|DEPTH|SELF|ERR_TLS|ERR_SSL)_/;
const driverTexts =
  /timeout exceeded when trying to connect|Query read timeout|[Cc]onnection terminated|not queryable|SASL|SSL/;

/** Tells what `error` says about the database; undefined where it is not about its state, but a defect of ours. */
export function explainDatabaseError(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) {
    const [, kind, meaning] = sqlstates.find(([pattern]) => pattern.test(code)) ?? [];
    return kind && { kind, detail: `${meaning}: ${error.message} (SQLSTATE ${code}).` };
  }
  if (code === otherSearchPath) return { kind: 'unavailable', detail: error.message };
  if (!socketCodes.test(code) && !driverTexts.test(error.message)) return undefined;
  return { kind: 'unavailable', detail: `PostgreSQL cannot be reached: ${error.message || code}.` };
}
