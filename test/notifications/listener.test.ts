import pg from 'pg';
import t, { type Test } from 'tap';
import { createNotificationListener, type NotificationListener } from '../../src/notifications/listener.js';
import { keepConnected } from '../../src/postgres/persistent-connection.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { findListeners } from '../../src/sessions/listeners.js';
import { appOn, connect, isAlive, partsOf, sandboxFor, serve, until } from '../helper.js';

type App = Awaited<ReturnType<typeof appOn>>;

const reloadsOf = async (app: App) => (await app.inject('/schema/reloads')).json();
/** Always sends a notification: a load that is under way brings no configuration. */
const reload = (app: App, wait = 0) =>
  app.inject({ method: 'POST', url: '/schema/reload', payload: { wait, config: true } });

/** The service on a port of its own, once it hears notifications. */
async function listeningApp(t: Test, sandbox: Sandbox, env: Record<string, string> = {}): Promise<App> {
  const app = await appOn(t, sandbox, env);
  await serve(app);
  await until('it listens', async () => (await reloadsOf(app)).listeningSince !== null);
  return app;
}

/** A session of a role that may create tables, under this application_name. */
async function migratorOn(t: Test, sandbox: Sandbox, applicationName: string): Promise<pg.Client> {
  const superuser = await connect(t, sandbox.databaseUrl);
  await superuser.query(`create role migrator login password 'migrator'; grant create on schema public to migrator`);
  return connect(t, urlAs(sandbox, 'migrator', applicationName));
}

function urlAs(sandbox: Sandbox, role: string, applicationName?: string): string {
  const url = new URL(sandbox.databaseUrl);
  url.username = role;
  url.password = role;
  if (applicationName !== undefined) url.searchParams.set('application_name', applicationName);
  return url.href;
}

/** Sends so many notifications: in one transaction equal ones would be one. */
async function notify(session: pg.Client, count: number): Promise<void> {
  for (let number = 0; number < count; number++) await session.query(`notify pgrst, 'reload schema'`);
}

/** Ends all sessions of the service. */
async function endSessions(client: pg.Client): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgrst-ops' and pid <> pg_backend_pid()`,
  );
}

/** A listener with a clock that is put forward by hand, and what it tells. */
function listenerOn(t: Test, sandbox: Sandbox, isOwnSession = (_pid: number) => false) {
  let aheadMs = 0;
  const told: string[] = [];
  const listener: NotificationListener = createNotificationListener({
    databaseUrl: sandbox.databaseUrl,
    channel: 'pgrst',
    isGated: false,
    isOwnSession,
    log: {
      began: ({ detail }) => told.push(`began: ${detail}`),
      over: ({ notifications }) => told.push(`over after ${notifications}`),
    },
    now: () => new Date(Date.now() + aheadMs),
  });
  t.teardown(() => listener.close());
  return {
    listener,
    told,
    putForward: (ms: number) => {
      aheadMs += ms;
    },
  };
}

t.test('others are named, and what this process sends itself is not counted', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await listeningApp(t, sandbox);
  t.same((await reloadsOf(app)).others, []);
  const superuser = await connect(t, sandbox.databaseUrl);
  await superuser.query(`alter database postgres set pgrst.db_schemas = 'public'`);
  const flyway = await migratorOn(t, sandbox, 'flyway');

  t.equal((await app.inject({ method: 'POST', url: '/trigger/install' })).statusCode, 201);
  t.equal((await reload(app)).statusCode, 202);
  await flyway.query('create table flights (id int)');
  await flyway.query('alter table flights add column pilot text');
  await flyway.query(`notify pgrst, 'reload config'`);
  await flyway.query(`notify pgrst, 'reload the schema please'`);
  await flyway.query(`notify other, 'reload schema'`);
  await flyway.query('notify pgrst');

  await until('all are counted', async () => (await reloadsOf(app)).others[0]?.notifications >= 3);
  const { others, storm, reloads } = await reloadsOf(app);
  t.match(others, [
    { role: 'migrator', applicationName: 'flyway', copy: false, notifications: 3, firstAt: /^\d{4}-.*Z$/ },
  ]);
  t.equal(others.length, 1);
  t.equal(storm, null);
  t.equal(reloads.length, 1);
});

t.test('a role without privileges names them too', async (t) => {
  const sandbox = await sandboxFor(t);
  const flyway = await migratorOn(t, sandbox, 'flyway');
  const superuser = await connect(t, sandbox.databaseUrl);
  await superuser.query(`create role plain login password 'plain'`);
  const app = await listeningApp(t, sandbox, { DATABASE_URL: urlAs(sandbox, 'plain') });
  await flyway.query('notify pgrst');
  await until('it is counted', async () => (await reloadsOf(app)).others.length > 0);
  t.match((await reloadsOf(app)).others, [{ role: 'migrator', applicationName: 'flyway', notifications: 1 }]);
});

t.test('of a session that has ended it is not known whose it was', async (t) => {
  const sandbox = await sandboxFor(t);
  const endedWhenHeard = (pid: number) => {
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + 30_000;
    while (isAlive(pid) && Date.now() < deadline);
    return false;
  };
  const { listener } = listenerOn(t, sandbox, endedWhenHeard);
  listener.start();
  await until('it listens', () => listener.listeningSince() !== undefined);
  const sender = await connect(t, sandbox.databaseUrl);
  await sender.query('notify pgrst');
  await until('it is counted', () => listener.others().length > 0);
  t.match(listener.others(), [{ role: null, applicationName: null, notifications: 1 }]);
});

t.test('other copies of the service are told apart', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await listeningApp(t, sandbox);
  const copy = await listeningApp(t, sandbox);
  t.equal((await reload(copy)).statusCode, 202);
  t.equal((await reload(app)).statusCode, 202);
  const superuser = await connect(t, sandbox.databaseUrl);
  await superuser.query('notify pgrst');
  for (const each of [app, copy]) {
    await until('the last one is counted', async () => (await reloadsOf(each)).others.length > 1);
    const { others } = await reloadsOf(each);
    t.equal(others.length, 2);
    t.match(
      others.filter(({ copy }: { copy: boolean }) => copy),
      [{ role: 'postgres', applicationName: 'pgrst-ops', notifications: 1 }],
    );
  }
});

t.test('a storm is named with its cause, in the answer and in health', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await listeningApp(t, sandbox);
  const superuser = await connect(t, sandbox.databaseUrl);
  await app.inject({ method: 'POST', url: '/trigger/install' });
  const health = async () => (await app.inject('/health')).json().checks.reloads;
  const warnings: string[] = [];
  partsOf(app).log.warn = (_about: unknown, text?: string) => void warnings.push(text ?? '');
  t.match(await health(), [{ status: 'pass', output: undefined }]);

  const flyway = await migratorOn(t, sandbox, 'flyway');
  // Nobody told the trigger what is exposed.
  await superuser.query('create schema private authorization migrator');
  for (let number = 0; number < 12; number++) await flyway.query(`create table private.t${number} (id int)`);
  await until('the storm', async () => (await reloadsOf(app)).storm?.notifications === 13);
  const { storm } = await reloadsOf(app);
  t.match(storm, { role: 'migrator', applicationName: 'flyway', since: /^\d{4}-.*Z$/ });
  t.match(storm.detail, /^12 of 13 .* role migrator with application_name flyway\. .*pgrst\.db_schemas/);
  await until('the warning', async () => (await health())[0].status === 'warn');
  t.match(await health(), [{ output: `A reload storm: ${storm.detail}` }]);
  t.equal(warnings.length, 1);
  t.match(warnings, [/^A reload storm has begun\. \d+ of \d+ .* role migrator/]);
  const excluded = await app.inject('/health?exclude=reloads');
  t.notOk('reloads' in excluded.json().checks);
});

t.test('a storm is told once when it begins and once when it is over', async (t) => {
  const sandbox = await sandboxFor(t);
  const { listener, told, putForward } = listenerOn(t, sandbox);
  listener.start();
  await until('it listens', () => listener.listeningSince() !== undefined);
  const sender = await connect(t, sandbox.databaseUrl);
  await notify(sender, 9);
  await until('nine are counted', () => listener.others()[0]?.notifications === 9);
  t.same(told, []);
  await notify(sender, 11);
  await until('all are counted', () => listener.storm()?.notifications === 20);
  t.match(told, [/^began: .* role postgres/]);
  putForward(119_000);
  t.match(listener.storm(), { notifications: 20 });
  putForward(2_000);
  t.equal(listener.storm(), undefined);
  await until('the end is told', () => told.length > 1);
  t.same(told.slice(1), ['over after 20']);
});

t.test(
  'each notification of others is passed on when it is heard, and however many come, few queries are sent',
  async (t) => {
    const sandbox = await sandboxFor(t);
    const { listener } = listenerOn(t, sandbox);
    const heard: Date[] = [];
    listener.onHeard((at) => heard.push(at));
    let queries = 0;
    const { query } = pg.Client.prototype;
    t.teardown(() => {
      pg.Client.prototype.query = query;
    });
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      if (String(args[0]).includes('pg_stat_activity')) queries++;
      return Reflect.apply(query, this, args);
    } as typeof query;

    listener.start();
    await until('it listens', () => listener.listeningSince() !== undefined);
    const sender = await connect(t, sandbox.databaseUrl);
    const startedAt = Date.now();
    await notify(sender, 500);
    await until('all are counted', () => listener.others()[0]?.notifications === 500);
    t.equal(heard.length, 500);
    const most = 2 + (Date.now() - startedAt) / 50;
    t.ok(queries > 0 && queries <= most, `${queries} queries, at most ${most}`);
  },
);

t.test('it connects again when its session is ended', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await listeningApp(t, sandbox);
  const superuser = await connect(t, sandbox.databaseUrl);
  const before = (await reloadsOf(app)).listeningSince;
  await superuser.query('notify pgrst');
  await until('it is counted', async () => (await reloadsOf(app)).others[0]?.notifications === 1);
  await endSessions(superuser);
  await until('it listens again', async () => {
    const { listeningSince } = await reloadsOf(app);
    return listeningSince !== null && listeningSince > before;
  });
  await superuser.query('notify pgrst');
  await until('it is counted', async () => (await reloadsOf(app)).others[0]?.notifications === 2);
});

t.test('it is never taken for a PostgREST, not even when it has just connected', async (t) => {
  const sandbox = await sandboxFor(t, { postgrestConfig: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  const app = await listeningApp(t, sandbox);
  const superuser = await connect(t, sandbox.databaseUrl);
  const isUnseen = async () => {
    const listeners = await findListeners(superuser, 'pgrst');
    return listeners.complete && listeners.listening.length === 0 && listeners.elsewhere.length === 0;
  };
  const nobody = async () => {
    const fleet = (await app.inject('/schema/instances')).json();
    t.match(fleet, { instances: [{ listener: null }] });
    t.same(fleet.otherListeners, []);
    t.notOk(fleet.problems.some(({ code }: { code: string }) => code === 'unknown_listener'));
    t.match((await reload(app, 1)).json(), { status: 409, code: 'nobody_listens', listeners: 0 });
  };
  await nobody();

  const before = (await reloadsOf(app)).listeningSince;
  await endSessions(superuser);
  await until('it listens again', async () => {
    t.ok(await isUnseen());
    const { listeningSince } = await reloadsOf(app);
    return listeningSince !== null && listeningSince > before;
  });
  await nobody();
});

t.test('a set-up that PostgreSQL still shows does not look like a LISTEN', async (t) => {
  const sandbox = await sandboxFor(t, { postgrestConfig: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  const superuser = await connect(t, sandbox.databaseUrl);
  const standing = keepConnected({
    databaseUrl: sandbox.databaseUrl,
    channels: ['pgrst'],
    onNotification() {},
    beat: () => new Promise(() => {}),
    onLost() {},
  });
  t.teardown(() => standing.close());
  await until('it has been set up', async () => {
    const { rows } = await superuser.query(`select query from pg_stat_activity where application_name = 'pgrst-ops'`);
    return rows[0]?.query.includes('listen "pgrst"');
  });
  t.same(await findListeners(superuser, 'pgrst'), { listening: [], elsewhere: [], complete: true });
});

t.test('a PostgreSQL that is down at the start does no harm, and is heard once it is up', async (t) => {
  const sandbox = await sandboxFor(t);
  const sessions = await connect(t, sandbox.databaseUrl);
  process.kill(sandbox.postgresPid, 'SIGINT');
  await until('PostgreSQL is down', () => !isAlive(sandbox.postgresPid));
  await sessions.end().catch(() => {});
  const app = await appOn(t, sandbox);
  await serve(app);
  t.equal((await app.inject('/health/live')).statusCode, 200);
  t.match(await reloadsOf(app), { listeningSince: null, storm: null });
  t.match((await app.inject('/health')).json().checks.reloads, [{ status: 'pass', output: /^Not listening/ }]);

  await sandbox.startPostgres();
  await until('it listens', async () => (await reloadsOf(app)).listeningSince !== null, 90_000);
  const sender = await connect(t, sandbox.databaseUrl);
  await sender.query('notify pgrst');
  await until('it is counted', async () => (await reloadsOf(app)).others[0]?.notifications === 1);
});

t.test('nothing connects before the service listens', async (t) => {
  const sandbox = await sandboxFor(t);
  const superuser = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  await app.ready();
  t.match(await reloadsOf(app), { listeningSince: null });
  const { rowCount } = await superuser.query(`select from pg_stat_activity where application_name = 'pgrst-ops'`);
  t.equal(rowCount, 0);
});
