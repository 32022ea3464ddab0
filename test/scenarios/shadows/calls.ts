import type pg from 'pg';
import { type ArrayTypes, type Call, callsIn } from './parse-tree.js';

/** What collects the calls that a session makes, of all or only of those within the function of that name. */
export interface Collector {
  calls(): Call[];
}

/** Has PostgreSQL show `client` the parse tree of each query from now on. */
export async function collectCalls(client: pg.Client, within?: string): Promise<Collector> {
  const arrays = await readArrayTypes(client);
  const found = new Map<string, Call>();
  client.on('notice', ({ message, detail, where }) => {
    if (message !== 'parse tree:' || detail === undefined) return;
    if (within !== undefined && where?.includes(within) !== true) return;
    for (const call of callsIn(detail, arrays)) found.set(JSON.stringify(call), call);
  });
  await client.query('set debug_pretty_print = off; set client_min_messages = log; set debug_print_parse = on');
  return { calls: () => [...found.values()] };
}

/** Collects the calls of `queries`, which are parsed and not run. Throws where one cannot be parsed, naming its place. */
export async function callsOf(client: pg.Client, queries: ReadonlyMap<string, string>): Promise<Call[]> {
  const collector = await collectCalls(client);
  for (const [place, sql] of queries) {
    await client.query(`prepare parsed as ${sql}`).catch((error) => {
      throw new Error(`${place}: ${error.message}`);
    });
    await client.query('deallocate parsed');
  }
  return collector.calls();
}

async function readArrayTypes(client: pg.Client): Promise<ArrayTypes> {
  const { rows } = await client.query<{ oid: number; typarray: number }>(
    'select oid, typarray from pg_catalog.pg_type where typarray <> 0',
  );
  return {
    arrayOf: new Map(rows.map(({ oid, typarray }) => [oid, typarray])),
    elementOf: new Map(rows.map(({ oid, typarray }) => [typarray, oid])),
  };
}
