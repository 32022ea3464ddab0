import pg from 'pg';
import t, { type Test } from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { isLoading, type Loads, readLoads } from '../../src/sessions/loads.js';
import { connect, sandboxFor, until } from '../helper.js';

const sandbox = await sandboxFor(t, { postgresSettings: { wal_level: 'logical' } });
const { databaseUrl } = sandbox;
// The sandbox's own would listen and load as well.
process.kill(sandbox.postgrestPid, 'SIGKILL');
const database = await connect(t, databaseUrl);

/** A session such as PostgREST's. */
async function session(t: Test, application: string, role = 'authenticator'): Promise<pg.Client> {
  const url = new URL(databaseUrl);
  url.username = url.password = role;
  const client = new pg.Client({ connectionString: url.href, application_name: application });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  t.teardown(async () => {
    // One that sleeps does not notice that its client has gone.
    await database.query('select pg_terminate_backend($1, 5000)', [rows[0].pid]);
    await client.end();
  });
  return client;
}

const pool = createPool(databaseUrl, 2);
t.teardown(() => pool.end());
const read = () => readLoads(pool, 'pgrst');
const untilRead = async (what: string, holds: (loads: Loads) => boolean) => {
  await until(what, async () => holds(await read()));
  return read();
};

/** Has `client` ask something in a transaction until the test ends. */
function ask(client: pg.Client, sql: string): void {
  client.query('begin isolation level read committed read only').catch(() => {});
  client.query(sql).catch(() => {});
}

const slowly = 'pg_catalog.pg_sleep(30)';
const tables = `with columns as (select oid from pg_class) select ${slowly} from columns limit 1`;

t.test('sessions that listen on the channel are counted', async (t) => {
  await until('the sandbox has gone', async () => (await read()).listening === 0);
  await (await session(t, 'PostgREST 12.0.2')).query('LISTEN "pgrst"');
  await (await session(t, 'own')).query('listen PGRST');
  await (await session(t, 'PostgREST 12.0.2')).query('LISTEN "other"');
  t.match(await read(), { listening: 2, namedListening: 1, isHidden: false, hasStandby: false, loads: [] });
});

t.test('a standby that follows is seen, and what only takes changes is none', async (t) => {
  const replicate = async (replication: string) => {
    const client = new pg.Client(`${databaseUrl}?replication=${replication}`);
    client.on('error', () => {});
    await client.connect();
    t.teardown(() => client.end());
    return client;
  };
  const changes = await replicate('database');
  await changes.query('CREATE_REPLICATION_SLOT "changes" TEMPORARY LOGICAL "pgoutput"');
  t.notOk((await read()).hasStandby);
  const standby = await replicate('true');
  t.ok((await read()).hasStandby);
  await standby.query('CREATE_REPLICATION_SLOT "standby" TEMPORARY PHYSICAL');
  t.ok((await read()).hasStandby);
});

t.test('a load counts as current at its first question, until somebody writes', async (t) => {
  const startedAt = performance.now();
  const { at: before } = await read();
  ask(await session(t, 'PostgREST 12.0.2'), tables);
  const { at, written, loads } = await untilRead('it loads', (found) => found.loads.length > 0);
  t.match(loads, [{ isOfCache: true, isCurrent: true }]);
  const begunAt = loads[0]?.begunAt ?? 0;
  t.ok(before < begunAt && begunAt < at && at - before < performance.now() - startedAt, 'in ms on the same clock');
  t.ok(await isLoading(pool, 'pgrst'));
  await database.query('create table written ()');
  const after = await read();
  t.match(after.loads, [{ id: loads[0]?.id, isOfCache: true, isCurrent: false }]);
  t.not(after.written, written);
});

t.test('nor is it where a transaction that writes had begun before and is not over', async (t) => {
  const writer = await connect(t, databaseUrl);
  await writer.query('begin; create table writing ()');
  ask(await session(t, 'PostgREST 12.0.2'), tables);
  const { loads } = await untilRead('it loads', (found) => found.loads.length > 0);
  t.match(loads, [{ isOfCache: true, isCurrent: false }]);
  await writer.query('rollback');
});

t.test('what it asks later tells a load too', async (t) => {
  ask(await session(t, 'PostgREST 12.0.2'), `select ${slowly} from pg_timezone_names limit 1`);
  t.match((await untilRead('it loads', (found) => found.loads.length > 0)).loads, [
    { isOfCache: true, isCurrent: false },
  ]);
});

t.test('one that has others help it is one load', async (t) => {
  const loading = await session(t, 'PostgREST 12.0.2');
  await loading.query('set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0');
  ask(loading, tables);
  const helpers = `select from pg_stat_activity where leader_pid is not null and query ~ 'pg_sleep'`;
  await until('it is helped', async () => ((await database.query(helpers)).rowCount ?? 0) > 0);
  t.equal((await read()).loads.length, 1);
});

t.test('the configuration that it reads is in the way of nothing', async (t) => {
  ask(
    await session(t, 'PostgREST 12.0.2'),
    `select ${slowly} from pg_db_role_setting right join pg_class on true limit 1`,
  );
  t.match((await untilRead('it is read', (found) => found.loads.length > 0)).loads, [
    { isOfCache: false, isCurrent: true },
  ]);
});

t.test('neither requests nor documents, nor others who listen elsewhere, are taken for loads', async (t) => {
  const first = await session(t, 'PostgREST 12.0.2');
  ask(first, `with pgrst_source as (select oid from pg_class) select ${slowly} from pgrst_source limit 1`);
  ask(
    await session(t, 'PostgREST 12.0.2'),
    `select ${slowly} from pg_class where pg_has_role(relowner, 'USAGE') or true limit 1`,
  );
  const worker = await session(t, 'worker', 'postgres');
  await worker.query('listen jobs');
  ask(await session(t, 'worker', 'postgres'), `select ${slowly} from pg_class limit 1`);
  const asking = `select from pg_stat_activity where state = 'active' and query ~ 'pg_sleep' and pid <> pg_backend_pid()`;
  await until('all ask', async () => (await database.query(asking)).rowCount === 3);
  t.same((await read()).loads, []);
  t.notOk(await isLoading(pool, 'pgrst'));
});

t.test('who may not see what others ask is told so', async (t) => {
  await (await session(t, 'PostgREST 12.0.2')).query('LISTEN "pgrst"');
  await database.query(`create role ops login password 'ops'`);
  const url = new URL(databaseUrl);
  url.username = url.password = 'ops';
  const blind = createPool(url.href, 1);
  t.teardown(() => blind.end());
  t.match(await readLoads(blind, 'pgrst'), { isHidden: true, listening: 0 });
});
