import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { appOn, connect, sandboxFor, serve, until } from '../helper.js';
import { listenTo, servedColumns, untilServed } from './service.js';

const sandbox = await sandboxFor(t);
const { databaseUrl, postgrestUrl } = sandbox;
const client = await connect(t, databaseUrl);
let columns = 0;

interface ReloadRecord {
  cause: string;
  config: boolean;
  outcome: string;
}

/** The service with a watch that looks often, once it keeps it. */
async function watchOn(t: Test, on: Sandbox, env: Record<string, string> = {}): Promise<FastifyInstance> {
  const app = await appOn(t, on, { WATCH: 'heal', WATCH_INTERVAL_SECONDS: '0.2', ...env });
  await serve(app);
  await until('it has looked', async () => (await driftOf(app)).output !== 'Not verified yet.');
  return app;
}

async function driftOf(app: FastifyInstance): Promise<{ status: string; output?: string }> {
  return (await app.inject('/health')).json().checks.drift[0];
}

async function recordsOf(app: FastifyInstance): Promise<ReloadRecord[]> {
  return (await app.inject('/schema/reloads')).json().reloads;
}

/** Adds a column that no event trigger tells of. */
async function addUnnoticed(): Promise<string> {
  const column = `unnoticed_${++columns}`;
  await client.query(`set session_replication_role = replica;
    alter table organizations add column ${column} int;
    reset session_replication_role`);
  return column;
}

const untilRecorded = (app: FastifyInstance, wanted: Partial<ReloadRecord>) =>
  until(`a reload is recorded: ${JSON.stringify(wanted)}`, async () =>
    (await recordsOf(app)).some((record) =>
      Object.entries(wanted).every(([name, value]) => record[name as keyof ReloadRecord] === value),
    ),
  );

t.test('what no event trigger sees is healed, and recorded', async (t) => {
  const app = await watchOn(t, sandbox);
  const column = await addUnnoticed();
  // Counters of a session that goes on come late.
  await untilServed(postgrestUrl, column);
  await untilRecorded(app, { cause: 'watcher', outcome: 'fresh' });
  t.equal((await driftOf(app)).status, 'pass');
});

t.test('a setting of the role is loaded, and its schema exposed', async (t) => {
  await client.query(`create schema api; grant usage on schema api to anon;
    create table api.things (id int); grant select on api.things to anon`);
  const app = await watchOn(t, sandbox);
  t.teardown(async () => {
    await client.query(`alter role authenticator reset pgrst.db_schemas; notify pgrst, 'reload config'`);
  });
  await client.query(`alter role authenticator set pgrst.db_schemas = 'public, api'`);
  const isExposed = async () =>
    (await fetch(`${postgrestUrl}/things`, { headers: { 'accept-profile': 'api' } })).status === 200;
  await until('it is exposed', isExposed);
  await untilRecorded(app, { cause: 'watcher', config: true });
});

for (const [who, load] of [
  ['a call', (app: FastifyInstance) => app.inject({ method: 'POST', url: '/schema/reload' })],
  ['a notification', () => client.query(`notify pgrst, 'reload schema'`)],
] as const) {
  t.test(`what ${who} had loaded, and was undone before anybody looked, is healed`, async (t) => {
    const app = await watchOn(t, sandbox, { WATCH_INTERVAL_SECONDS: '2' });
    const served = async (column: string) => (await servedColumns(postgrestUrl)).includes(column);
    const column = await addUnnoticed();
    await load(app);
    await until('it is loaded', () => served(column));
    await client.query(`set session_replication_role = replica;
      alter table organizations drop column ${column};
      reset session_replication_role`);
    await until('it is served no more', async () => !(await served(column)));
  });
}

t.test('one that verifies only says so', async (t) => {
  const app = await watchOn(t, sandbox, { WATCH: 'verify' });
  await until('all is well', async () => (await driftOf(app)).status === 'pass');
  const { heard, settle } = await listenTo(t, databaseUrl);
  const column = await addUnnoticed();
  await until('it says so', async () => (await driftOf(app)).status === 'warn');
  t.match(await driftOf(app), { output: `Stale: ${postgrestUrl}.` });
  await settle();
  t.same(heard, []);
  t.same(await recordsOf(app), []);
  t.notOk((await servedColumns(postgrestUrl)).includes(column));

  await client.query(`notify pgrst, 'reload schema'`);
  await untilServed(postgrestUrl, column);
  await until('it says that it is well again', async () => (await driftOf(app)).status === 'pass');
});

t.test('what the public API does not show is healed too, be it written in the catalogs themselves', async (t) => {
  await client.query(`create type mood as enum ('sad', 'glad'); create table moods (id int primary key, mood mood);
    grant select on moods to anon; notify pgrst, 'reload schema'`);
  const labels = async () => {
    const document = (await (await fetch(postgrestUrl)).json()) as {
      definitions: { moods?: { properties: { mood: { enum: string[] } } } };
    };
    return document.definitions.moods?.properties.mood.enum;
  };
  await until('it is served', async () => (await labels())?.includes('glad') === true);
  const app = await watchOn(t, sandbox);
  await until('it has told PostgREST', async () => (await recordsOf(app)).some(({ cause }) => cause === 'takeover'));
  const writer = await connect(t, databaseUrl);
  await writer.query('set allow_system_table_mods = on');
  t.equal((await writer.query(`update pg_enum set enumlabel = 'merry' where enumlabel = 'glad'`)).rowCount, 1);
  await writer.end();
  await until('it is healed', async () => (await labels())?.includes('merry') === true);
  await untilRecorded(app, { cause: 'watcher' });
});

t.test('of two one keeps the watch, and when it ends the other takes over', async (t) => {
  const first = await watchOn(t, sandbox);
  await until('it has told PostgREST', async () => (await recordsOf(first)).length > 0);
  const second = await appOn(t, sandbox, { WATCH: 'heal', WATCH_INTERVAL_SECONDS: '0.2' });
  await serve(second);
  const column = await addUnnoticed();
  await untilServed(postgrestUrl, column);
  t.same(await recordsOf(second), []);
  await first.close();
  const missed = await addUnnoticed();
  await untilRecorded(second, { cause: 'takeover', config: true });
  await untilServed(postgrestUrl, missed);
});
