import pg from 'pg';
import type { Test } from 'tap';
import { type Catalog, readCatalog } from '../../src/catalog/catalog.js';
import { getOrMake } from '../../src/lib/maps.js';
import { noModel } from '../../src/model/model.js';
import { vanished } from '../../src/model/vanished.js';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import type { Instance } from '../../src/postgrest/instance.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { comparePublicApi, readDocuments } from '../../src/verify/compare-public-api.js';
import { until } from '../helper.js';
import type { Case } from './cases.js';
import { runDdl, setUp } from './run.js';
import { fixtureOn, urlOf } from './server.js';

/** What is found through a PostgREST's public API: by documents and names, and by names alone. */
export interface Seen {
  openapi: string[];
  probe: string[];
}

/** What is found of a case: before its DDL, after it in a cache from before, and after a reload. */
export interface LiveFound {
  id: string;
  before: Seen;
  stale: Seen;
  reloaded: Seen;
}

// Everything that a case may have left behind.
const emptySql = `do $$
declare
  statement text;
begin
  for statement in
    select format('drop publication %I', pubname) from pg_publication
    union all
    select format('drop event trigger %I', evtname) from pg_event_trigger
    union all
    select format('drop schema %I cascade', nspname) from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
  loop
    execute statement;
  end loop;
end $$; create schema public`;

/**
 * Runs cases one after the other in a database of its own, before the eyes of a PostgREST for each configuration that
 * they need: starting one for each case would take most of the time.
 */
export async function createLive(t: Test, sandbox: Sandbox, name: string): Promise<(item: Case) => Promise<LiveFound>> {
  const url = urlOf(sandbox.databaseUrl, name);
  const client = createPostgrestClient({});
  const pool = createPool(url, 1);
  t.teardown(() => pool.end());
  const instances = new Map<string, Promise<Instance>>();
  let marks = 0;

  const instanceFor = ({ schemas, extra_search_path: extra = ['public'] }: Case) => {
    const uri = new URL(url);
    uri.username = uri.password = 'authenticator';
    const config = { PGRST_DB_SCHEMAS: schemas.join(','), PGRST_DB_EXTRA_SEARCH_PATH: extra.join(',') };
    return getOrMake(instances, JSON.stringify(config), async () => {
      const more = { PGRST_DB_URI: uri.href, PGRST_OPENAPI_MODE: 'ignore-privileges' };
      const { url: address } = await sandbox.addPostgrest({ ...config, ...more });
      return { url: address };
    });
  };

  const look = async (
    instance: Instance,
    { schemas, extra_search_path: extraSearchPath = ['public'] }: Case,
    before?: Catalog,
  ) => {
    const signal = AbortSignal.timeout(30_000);
    const catalog = await readCatalog(pool, schemas, { extraSearchPath, authenticator: 'authenticator' });
    const gone = before === undefined ? noModel : vanished(before.model, catalog.model);
    const known = { catalog, vanished: gone };
    const shown = await readDocuments(client, instance, schemas, Promise.resolve(known), signal);
    const compared = async (documents: typeof shown) => {
      const { findings } = await comparePublicApi(client, instance, schemas, documents, known, signal);
      return findings.map(({ kind, object }) => `${kind} ${object}`);
    };
    return { catalog, seen: { openapi: await compared(shown), probe: await compared(undefined) } };
  };

  /** Only what a load brings tells that it is over: a mark that nothing else needs. */
  const reload = async (database: pg.Client, instance: Instance) => {
    const mark = `mark_${++marks}`;
    await database.query(`create table public.${mark} (mark int); notify pgrst, 'reload schema'`);
    await until(`${mark} is loaded`, async () => {
      const relation = { schema: 'public', name: mark };
      return (await client.plan.relation(instance, relation, ['mark'], [], AbortSignal.timeout(30_000))).isPlanned;
    });
  };

  return async (item) => {
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    try {
      await database.query(`begin; ${emptySql}; ${fixtureOn(url)}; commit`);
      await setUp(database, item);
      const instance = await instanceFor(item);
      await reload(database, instance);
      const before = await look(instance, item);
      await runDdl(database, item);
      const { seen: stale } = await look(instance, item, before.catalog);
      await reload(database, instance);
      const { seen: reloaded } = await look(instance, item, before.catalog);
      return { id: item.id, before: before.seen, stale, reloaded };
    } finally {
      await database.end();
    }
  };
}
