import t from 'tap';
import { connect, until } from '../helper.js';
import {
  addColumn,
  gatedSandbox,
  isKept,
  listenTo,
  newColumn,
  type Service,
  servedColumns,
  startKeeping,
  startService,
  untilFree,
  untilServed,
} from './service.js';

const sandbox = await gatedSandbox(t);
const { client, databaseUrl, postgrestUrl } = sandbox;

async function countReloads({ url }: Service): Promise<number> {
  const { reloads } = (await (await fetch(`${url}/schema/reloads`)).json()) as { reloads: unknown[] };
  return reloads.length;
}

async function untilReloads(service: Service, count: number): Promise<void> {
  await until(`${count} reloads have ended`, async () => (await countReloads(service)) >= count);
}

/** Waits until the last load counts as over: what comes a moment after it may have been seen by it. */
async function untilQuiet({ url }: Service): Promise<void> {
  const { reloads } = (await (await fetch(`${url}/schema/reloads`)).json()) as {
    reloads: { at: string; durationMs: number }[];
  };
  const endedAt = Math.max(...reloads.map(({ at, durationMs }) => Date.parse(at) + durationMs));
  await until('the last load is over', () => Date.now() > endedAt + 500);
}

/** The URL as a new role that may create tables in `public`, and nothing else. */
async function urlOfNewRole(name: string): Promise<string> {
  await client.query(`create role ${name} login password '${name}'; grant create on schema public to ${name}`);
  const url = new URL(databaseUrl);
  url.username = url.password = name;
  return url.href;
}

t.test('what changes is served soon, and what changes nothing is not told of', async (t) => {
  await client.query('create schema hidden');
  const service = await startKeeping(t, sandbox);
  const gate = await listenTo(t, databaseUrl, 'pgrst_ops_gate');
  // It tells again until it is proven.
  await untilReloads(service, 1);
  await untilServed(postgrestUrl, await addColumn(client));
  await untilReloads(service, 2);
  await untilQuiet(service);
  const { heard, settle } = await listenTo(t, databaseUrl);
  await client.query(`comment on table organizations is 'Who pays'`);
  await client.query(`create or replace function organization_budget(organization_id bigint) returns numeric
    language sql stable
    as $$ select coalesce(sum(budget), 0) from public.projects where projects.organization_id = $1 $$`);
  await client.query('create table hidden.things (id int)');
  await client.query('create table here_and_gone (id int); drop table here_and_gone');
  await gate.settle();
  t.ok(gate.heard.length >= 4, `the gate heard ${gate.heard.length}`);
  await settle();
  t.same(heard, []);
  await untilServed(postgrestUrl, await addColumn(client));
  await untilReloads(service, 3);
  t.equal(await countReloads(service), 3);
});

t.test('what undoes a change that nobody heard of, and a call had loaded, is served', async (t) => {
  const { url } = await startKeeping(t, sandbox);
  await untilServed(postgrestUrl, await addColumn(client));
  const silent = newColumn();
  await client.query(`begin; set local pgrst_ops.notify = off;
    alter table organizations add column ${silent} int; commit`);
  t.equal((await fetch(`${url}/schema/reload`, { method: 'POST' })).status, 200);
  t.ok((await servedColumns(postgrestUrl)).includes(silent));
  await client.query(`alter table organizations drop column ${silent}`);
  await until('it is gone', async () => !(await servedColumns(postgrestUrl)).includes(silent));
});

t.test('many changes are told of in few notifications, and the last is served', async (t) => {
  await startKeeping(t, sandbox);
  await untilServed(postgrestUrl, await addColumn(client));
  const { heard, settle } = await listenTo(t, databaseUrl);
  const columns = Array.from({ length: 50 }, newColumn);
  // One commit after the other, as fast as PostgreSQL can.
  await client.query(`do $$
    declare
      name text;
    begin
      foreach name in array '{${columns.join(',')}}'::text[] loop
        execute format('alter table organizations add column %I int', name);
        commit;
      end loop;
    end $$`);
  await untilServed(postgrestUrl, columns.at(-1) ?? '');
  await settle();
  t.ok(heard.length > 0 && heard.length <= 15, `${heard.length} notifications`);
});

t.test('nobody is elected while a transaction is open that told PostgREST directly, and nobody waits', async (t) => {
  const session = await connect(t, databaseUrl);
  await session.query('begin; create table opened (id int)');
  const service = await startService(t, sandbox);
  const attempts = async () =>
    (
      await client.query<{ at: string }>(
        `select query_start::text as at from pg_stat_activity where query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()`,
      )
    ).rows[0]?.at;
  await until('it tries', async () => (await attempts()) !== undefined);
  const first = await attempts();
  await until('it tries again', async () => (await attempts()) !== first);
  t.notOk(await isKept(client));
  const { heard, settle } = await listenTo(t, databaseUrl);
  await untilServed(postgrestUrl, await addColumn(client));
  await settle();
  t.same(heard, ['reload schema']);
  t.equal(service.elections(), 0);
  await session.query('commit');
  await until('it is elected', () => service.elections() === 1);
});

t.test('two channels are kept by services of their own', async (t) => {
  await client.query(`
    create role second login noinherit password 'second';
    grant anon to second;
    alter role second set pgrst.db_channel = 'other';
    alter role authenticator set pgrst.db_channel = 'pgrst'`);
  t.teardown(() => client.query('alter role second reset all; alter role authenticator reset all'));
  const uri = new URL(databaseUrl);
  uri.username = uri.password = 'second';
  const other = await sandbox.addPostgrest({ PGRST_DB_URI: uri.href, PGRST_DB_CHANNEL: 'other' });
  const first = await startKeeping(t, sandbox);
  await startKeeping(t, sandbox, { POSTGREST_URLS: other.url, PGRST_DB_CHANNEL: 'other' });
  const gate = await listenTo(t, databaseUrl, 'pgrst_ops_gate');
  const both = await addColumn(client);
  await Promise.all([untilServed(postgrestUrl, both), untilServed(other.url, both)]);
  await gate.settle();
  t.same(gate.heard.toSorted(), ['other', 'pgrst']);

  await first.kill();
  await untilFree(client);
  const direct = await listenTo(t, databaseUrl);
  const one = await addColumn(client);
  await Promise.all([direct.settle(), gate.settle()]);
  t.same(direct.heard, ['reload schema']);
  t.same(gate.heard.slice(2), ['other']);
  await Promise.all([untilServed(postgrestUrl, one), untilServed(other.url, one)]);
});

t.test('a PostgREST of which nobody told is told of what the settings of its role expose', async (t) => {
  await client.query(`
    create schema api create table things (id int primary key);
    create role third login noinherit password 'third';
    grant anon to third;
    grant usage on schema api to anon;
    grant all on api.things to anon;
    alter role third set pgrst.db_schemas = 'api'`);
  t.teardown(() => client.query('drop schema api cascade; alter role third reset all'));
  const uri = new URL(databaseUrl);
  uri.username = uri.password = 'third';
  const other = await sandbox.addPostgrest({ PGRST_DB_URI: uri.href });
  const service = await startKeeping(t, sandbox);
  await untilReloads(service, 1);
  await untilQuiet(service);
  await client.query('alter table api.things add column of_third int');
  const served = async () => /of_third/.test(await (await fetch(other.url)).text());
  await until('it is served', served);
});

t.test('a role without privileges changes its own table as before', async (t) => {
  await startKeeping(t, sandbox);
  const session = await connect(t, await urlOfNewRole('plain'));
  const notices: string[] = [];
  session.on('notice', ({ message }) => notices.push(message ?? ''));
  await session.query('create table own (id int primary key); grant select on own to anon');
  await until('it is served', async () => (await fetch(`${postgrestUrl}/own`)).ok);
  await session.query('alter table own add column note text');
  await until('its column is too', async () => {
    const document = (await (await fetch(postgrestUrl)).json()) as {
      definitions: { own?: { properties: Record<string, unknown> } };
    };
    return document.definitions.own?.properties.note !== undefined;
  });
  t.same(notices, []);
});

t.test('a stranger who holds the lock, or waits for it, silences nobody', async (t) => {
  const payloads: (string | undefined)[] = [];
  const listener = await connect(t, databaseUrl);
  listener.on('notification', ({ payload }) => payloads.push(payload));
  await listener.query('listen pgrst');
  const lock = `(hashtext('pgrst-ops:gate'), hashtext('pgrst'))`;
  const migrate = async (column: string) => {
    payloads.length = 0;
    await client.query(`alter table organizations add column ${column} int`);
    await listener.query('select 1');
    t.same(payloads, ['reload schema'], column);
  };
  const stranger = await connect(t, databaseUrl);
  await stranger.query(`select pg_advisory_lock ${lock}`);
  await migrate('held');
  await stranger.query('select pg_advisory_unlock_all()');
  const sharer = await connect(t, databaseUrl);
  await sharer.query(`select pg_advisory_lock_shared ${lock}`);
  const waiting = stranger.query(`select pg_advisory_lock ${lock}`);
  await until('it waits', async () => (await client.query('select from pg_locks where not granted')).rowCount !== 0);
  await migrate('waited_for');
  await sharer.query('select pg_advisory_unlock_all()');
  await waiting;
});
