import type pg from 'pg';

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
