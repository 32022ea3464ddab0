import pg from 'pg';
import type { Test } from 'tap';
import { connectionTo } from '../src/postgres/connection.js';

/** A connection of somebody who migrates, with the search path of all our sessions, that ends with the test. */
export async function connect(t: Test, databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionTo(databaseUrl), application_name: 'bench' });
  await client.connect();
  t.teardown(() => client.end());
  return client;
}
