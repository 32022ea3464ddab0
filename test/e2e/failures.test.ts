import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { appOn, connect, sandboxFor, until } from '../helper.js';

const reload = (app: FastifyInstance, wait = 1) =>
  app.inject({ method: 'POST', url: '/schema/reload', payload: { wait } });

/** Waits until the service answers as if nothing had happened, without a restart of it. */
async function recovers(t: Test, app: FastifyInstance): Promise<void> {
  await until('health', async () => (await app.inject('/health')).statusCode === 200, 40_000);
  await until('readiness', async () => (await app.inject('/health/ready')).statusCode === 200);
  await until('reload', async () => (await reload(app, 5)).statusCode === 200, 40_000);
  t.match((await app.inject('/schema/verify')).json(), { consistent: true });
}

/** The service's health, which has to come within 1.5 s. */
async function quickHealth(t: Test, app: FastifyInstance): Promise<{ statusCode: number; status: string }> {
  const startedAt = Date.now();
  const answer = await app.inject('/health');
  const tookMs = Date.now() - startedAt;
  t.ok(tookMs < 1_500, `health took ${tookMs} ms`);
  return { statusCode: answer.statusCode, status: answer.json().status };
}

/** A server process and its children: PostgreSQL's sessions are processes of their own. */
function family(pid: number): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return [pid, ...children.trim().split(/\s+/).map(Number)];
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended in the meantime.
    }
  }
}

t.test('PostgREST stopped', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  t.match(await quickHealth(t, app), { statusCode: 200 });
  const database = await connect(t, sandbox.databaseUrl);
  process.kill(sandbox.postgrestPid);
  await until('no session listens', async () => {
    return (await database.query(`select from pg_stat_activity where query like 'LISTEN%'`)).rowCount === 0;
  });

  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    detail: /ECONNREFUSED/,
    instances: [{ url: sandbox.postgrestUrl, consistent: false, error: { code: 'unreachable' } }],
  });
  t.match((await reload(app)).json(), { status: 409, code: 'nobody_listens', listeners: 0 });
  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await quickHealth(t, app), { statusCode: 503, status: 'fail' });
  t.equal((await app.inject('/health/ready')).statusCode, 200);

  await sandbox.addPostgrest({}, Number(new URL(sandbox.postgrestUrl).port));
  await recovers(t, app);
});

t.test('PostgREST hung', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  signal([sandbox.postgrestPid], 'SIGSTOP');

  t.match(await quickHealth(t, app), { statusCode: 503, status: 'fail' });
  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    instances: [{ error: { code: 'timeout' } }],
  });
  t.match((await reload(app)).json(), { status: 504, code: 'deadline_passed', laggards: [sandbox.postgrestUrl] });

  signal([sandbox.postgrestPid], 'SIGCONT');
  await recovers(t, app);
});

t.test('PostgreSQL stopped', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  t.match(await quickHealth(t, app), { statusCode: 200 });
  process.kill(sandbox.postgresPid, 'SIGINT');

  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await quickHealth(t, app), { statusCode: 503, status: 'fail' });
  await until('readiness sees it', async () => (await app.inject('/health/ready')).statusCode === 503);
  t.equal((await app.inject('/health/live')).statusCode, 200);
  for (const request of [
    app.inject('/schema/verify'),
    app.inject('/trigger/status'),
    app.inject({ method: 'POST', url: '/trigger/install' }),
    reload(app),
  ]) {
    const answer = await request;
    t.match(answer.json(), { status: 503, code: 'database_unavailable', detail: /PostgreSQL/ });
    t.match(answer.headers, { 'retry-after': /^\d+$/ });
  }

  await sandbox.startPostgres();
  await recovers(t, app);
});

t.test('PostgreSQL hung', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  t.match(await quickHealth(t, app), { statusCode: 200 });
  const hung = family(sandbox.postgresPid);
  signal(hung, 'SIGSTOP');

  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await quickHealth(t, app), { statusCode: 503, status: 'fail' });
  t.equal((await app.inject('/health/live')).statusCode, 200);
  const verify = app.inject('/schema/verify');
  t.match((await reload(app)).json(), {
    status: 504,
    code: 'deadline_passed',
    detail: /did not take the notification/,
    notifications: 0,
  });
  t.match((await verify).json(), { status: 503, code: 'database_unavailable' });

  await t.test('and PostgREST too', async (t) => {
    signal([sandbox.postgrestPid], 'SIGSTOP');
    for (const _ of [1, 2, 3]) t.match(await quickHealth(t, app), { statusCode: 503 });
    signal([sandbox.postgrestPid], 'SIGCONT');
  });

  signal(hung.reverse(), 'SIGCONT');
  await recovers(t, app);
});

t.test('wrong credentials', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`create role ops login superuser password 'one'`);
  const url = new URL(sandbox.databaseUrl);
  url.username = 'ops';
  url.password = 'another';
  const app = await appOn(t, sandbox, { DATABASE_URL: url.href });

  const expected = { status: 503, code: 'database_unavailable', detail: /password authentication failed.*28P01/ };
  t.match((await app.inject('/schema/verify')).json(), expected);
  t.match((await reload(app)).json(), expected);
  t.match(await quickHealth(t, app), { statusCode: 503, status: 'fail' });

  await database.query(`alter role ops password 'another'`);
  await recovers(t, app);
});

t.test('a schema that PostgREST does not expose', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox, { PGRST_DB_SCHEMAS: 'public,internal' });
  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    detail: /does not expose schema internal/,
  });
  t.match((await reload(app)).json(), { status: 504, detail: /does not expose schema internal/ });
});

t.test('an instance that serves no OpenAPI document', async (t) => {
  const sandbox = await sandboxFor(t, { postgrestConfig: { PGRST_OPENAPI_MODE: 'disabled' } });
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  t.match(await quickHealth(t, app), { statusCode: 200 });
  await database.query('alter table organizations add column created_by text');
  t.match((await app.inject('/schema/verify')).json().instances, [
    {
      source: 'probe',
      version: '12.0.2',
      drift: [{ kind: 'missing_column', object: 'public.organizations.created_by' }],
    },
  ]);
  t.match((await reload(app)).json(), { outcome: 'fresh', instances: [{ source: 'probe' }] });
});

t.test('a standby', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  const { rows } = await database.query('show data_directory');
  process.kill(sandbox.postgresPid, 'SIGINT');
  await until('PostgreSQL ended', async () => (await app.inject('/health')).statusCode === 503);
  writeFileSync(join(rows[0].data_directory, 'standby.signal'), '');
  await sandbox.startPostgres();

  t.match((await reload(app)).json(), { status: 409, code: 'database_is_standby' });
  t.match((await app.inject({ method: 'POST', url: '/trigger/install' })).json(), {
    status: 409,
    code: 'database_is_standby',
  });
});

t.test('an instance that listens to nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  process.kill(sandbox.postgrestPid);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: deaf.url });
  t.match((await reload(app)).json(), { status: 409, code: 'nobody_listens', listeners: 0, laggards: [] });
});

t.test('an instance that listens to another channel', async (t) => {
  const sandbox = await sandboxFor(t);
  process.kill(sandbox.postgrestPid);
  const elsewhere = await sandbox.addPostgrest({ PGRST_DB_CHANNEL: 'Other Channel' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: elsewhere.url });
  t.match((await reload(app)).json(), { status: 409, detail: /PostgREST 12.0.2 on Other Channel/ });

  const right = await appOn(t, sandbox, { POSTGREST_URLS: elsewhere.url, PGRST_DB_CHANNEL: 'Other Channel' });
  t.equal((await reload(right, 5)).statusCode, 200);
});

t.test('an instance that cannot load the schema cache', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  // PostgREST reads the time zones when it loads, and gives the cache up when it cannot.
  await database.query('revoke select on pg_catalog.pg_timezone_names from public');

  t.match((await reload(app, 3)).json(), {
    status: 502,
    code: 'load_failed',
    laggards: [sandbox.postgrestUrl],
    instances: [{ error: { code: 'no_schema_cache' } }],
  });

  await database.query('grant select on pg_catalog.pg_timezone_names to public');
  await recovers(t, app);
});

t.test('an instance whose load takes longer than we wait', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  const blocker = await connect(t, sandbox.databaseUrl);
  // PostgREST reads the time zones when it loads, and we do not.
  await blocker.query('begin; lock table pg_catalog.pg_timezone_names in access exclusive mode');
  await database.query('alter table organizations add column created_by text');

  t.match((await reload(app)).json(), {
    status: 504,
    code: 'deadline_passed',
    laggards: [sandbox.postgrestUrl],
    instances: [{ drift: [{ object: 'public.organizations.created_by' }] }],
  });

  await blocker.query('rollback');
  await recovers(t, app);
});
