import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { appOn, connect, isAlive, sandboxFor, until } from '../helper.js';
import { type Database, databaseFor, loginFor } from '../support/database.js';

const reload = (app: FastifyInstance, wait = 60) =>
  app.inject({ method: 'POST', url: '/schema/reload', payload: { wait } });

interface Unproven {
  detail: string;
  instances: { drift: unknown[]; error?: { code: string } }[];
}

/** Asks for a reload that cannot be proven, and waits no longer than this machine takes to see why not. */
async function reloadInVain(app: FastifyInstance, isSeen: (answer: Unproven) => boolean): Promise<Unproven> {
  let answer: Unproven;
  let wait = 1;
  do {
    answer = (await reload(app, wait)).json();
    wait *= 2;
  } while (!isSeen(answer) && wait <= 64);
  return answer;
}

/** Waits until the service answers as if nothing had happened, without a restart of it. */
async function recovers(t: Test, app: FastifyInstance): Promise<void> {
  // PostgREST tries up to 32 s after it could not connect.
  await until('health', async () => (await app.inject('/health')).statusCode === 200, 90_000);
  await until('readiness', async () => (await app.inject('/health/ready')).statusCode === 200);
  await until('reload', async () => (await reload(app)).statusCode === 200, 90_000);
  t.match((await app.inject('/schema/verify')).json(), { consistent: true });
}

async function health(app: FastifyInstance): Promise<{ statusCode: number; status: string }> {
  const answer = await app.inject('/health');
  return { statusCode: answer.statusCode, status: answer.json().status };
}

const isWell = (app: FastifyInstance) =>
  until('health answers 200', async () => (await app.inject('/health')).statusCode === 200);

/** Ends the PostgREST of a database, and waits until PostgreSQL has noticed. */
async function stopPostgrest(t: Test, { databaseUrl, postgrestPid }: Database): Promise<void> {
  const database = await connect(t, databaseUrl);
  process.kill(postgrestPid);
  await until('no session listens', async () => {
    const { rowCount } = await database.query(
      `select from pg_stat_activity where datname = current_database() and query like 'LISTEN%'`,
    );
    return rowCount === 0;
  });
}

/** Ends PostgreSQL at once, and waits until it has ended. */
async function stopPostgres(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  await until('PostgreSQL has ended', () => !isAlive(pid));
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
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  await isWell(app);
  await stopPostgrest(t, sandbox);

  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    detail: /ECONNREFUSED/,
    instances: [{ url: sandbox.postgrestUrl, consistent: false, error: { code: 'unreachable' } }],
  });
  t.match((await reload(app, 1)).json(), { status: 409, code: 'nobody_listens', listeners: 0 });
  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await health(app), { statusCode: 503, status: 'fail' });
  t.equal((await app.inject('/health/ready')).statusCode, 200);

  await sandbox.addPostgrest({}, Number(new URL(sandbox.postgrestUrl).port));
  await recovers(t, app);
});

t.test('PostgREST hung', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  signal([sandbox.postgrestPid], 'SIGSTOP');

  t.match(await health(app), { statusCode: 503, status: 'fail' });
  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    instances: [{ error: { code: 'timeout' } }],
  });
  t.match((await reload(app, 1)).json(), { status: 504, code: 'deadline_passed', laggards: [sandbox.postgrestUrl] });

  signal([sandbox.postgrestPid], 'SIGCONT');
  await recovers(t, app);
});

t.test('PostgreSQL stopped', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  await isWell(app);
  await stopPostgres(sandbox.postgresPid);

  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await health(app), { statusCode: 503, status: 'fail' });
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
  await isWell(app);
  const hung = family(sandbox.postgresPid);
  signal(hung, 'SIGSTOP');

  await until('health sees it', async () => (await app.inject('/health')).statusCode === 503);
  t.match(await health(app), { statusCode: 503, status: 'fail' });
  t.equal((await app.inject('/health/live')).statusCode, 200);
  const verify = app.inject('/schema/verify');
  t.match((await reload(app, 1)).json(), {
    status: 504,
    code: 'deadline_passed',
    detail: /did not take the notification/,
    notifications: 0,
  });
  t.match((await verify).json(), { status: 503, code: 'database_unavailable' });

  await t.test('and PostgREST too', async (t) => {
    signal([sandbox.postgrestPid], 'SIGSTOP');
    for (const _ of [1, 2, 3]) t.match(await health(app), { statusCode: 503 });
    signal([sandbox.postgrestPid], 'SIGCONT');
  });

  signal(hung.reverse(), 'SIGCONT');
  await recovers(t, app);
});

t.test('wrong credentials', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const ops = await loginFor(sandbox.databaseUrl);
  await database.query(`alter role ${ops.name} superuser`);
  const url = new URL(ops.url);
  url.password = 'another';
  const app = await appOn(t, sandbox, { DATABASE_URL: url.href });

  const expected = { status: 503, code: 'database_unavailable', detail: /password authentication failed.*28P01/ };
  t.match((await app.inject('/schema/verify')).json(), expected);
  t.match((await reload(app)).json(), expected);
  t.match(await health(app), { statusCode: 503, status: 'fail' });

  await database.query(`alter role ${ops.name} password 'another'`);
  await recovers(t, app);
});

t.test('a schema that PostgREST does not expose', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox, { PGRST_DB_SCHEMAS: 'public,internal' });
  t.match((await app.inject('/schema/verify')).json(), {
    status: 503,
    code: 'no_instance_readable',
    detail: /does not expose schema internal/,
  });
  const isSeen = ({ detail }: Unproven) => /does not expose/.test(detail);
  t.match(await reloadInVain(app, isSeen), { status: 504, detail: /does not expose schema internal/ });
});

t.test('an instance that serves no OpenAPI document', async (t) => {
  const sandbox = await databaseFor(t, { postgrestConfig: { PGRST_OPENAPI_MODE: 'disabled' } });
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  await isWell(app);
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
  await stopPostgres(sandbox.postgresPid);
  writeFileSync(join(rows[0].data_directory, 'standby.signal'), '');
  await sandbox.startPostgres();

  t.match((await reload(app)).json(), { status: 409, code: 'database_is_standby' });
  t.match((await app.inject({ method: 'POST', url: '/trigger/install' })).json(), {
    status: 409,
    code: 'database_is_standby',
  });
});

t.test('an instance that listens to nothing', async (t) => {
  const sandbox = await databaseFor(t);
  await stopPostgrest(t, sandbox);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: deaf.url });
  t.match((await reload(app, 1)).json(), { status: 409, code: 'nobody_listens', listeners: 0, laggards: [] });
});

t.test('an instance that listens to another channel', async (t) => {
  const sandbox = await databaseFor(t);
  await stopPostgrest(t, sandbox);
  const elsewhere = await sandbox.addPostgrest({ PGRST_DB_CHANNEL: 'Other Channel' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: elsewhere.url });
  t.match((await reload(app, 1)).json(), { status: 409, detail: /PostgREST 12.0.2 on Other Channel/ });

  const right = await appOn(t, sandbox, { POSTGREST_URLS: elsewhere.url, PGRST_DB_CHANNEL: 'Other Channel' });
  t.equal((await reload(right)).statusCode, 200);
});

t.test('an instance that cannot load the schema cache', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  // PostgREST reads the time zones when it loads, and gives the cache up when it cannot.
  await database.query('revoke select on pg_catalog.pg_timezone_names from public');

  const isSeen = ({ instances }: Unproven) => instances[0]?.error?.code === 'no_schema_cache';
  t.match(await reloadInVain(app, isSeen), {
    status: 502,
    code: 'load_failed',
    laggards: [sandbox.postgrestUrl],
    instances: [{ error: { code: 'no_schema_cache' } }],
  });

  await database.query('grant select on pg_catalog.pg_timezone_names to public');
  await recovers(t, app);
});

t.test('an instance whose load takes longer than we wait', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  const blocker = await connect(t, sandbox.databaseUrl);
  // PostgREST reads the time zones when it loads, and we do not.
  await blocker.query('begin; lock table pg_catalog.pg_timezone_names in access exclusive mode');
  await database.query('alter table organizations add column created_by text');

  const isSeen = ({ instances }: Unproven) => (instances[0]?.drift.length ?? 0) > 0;
  t.match(await reloadInVain(app, isSeen), {
    status: 504,
    code: 'deadline_passed',
    laggards: [sandbox.postgrestUrl],
    instances: [{ drift: [{ object: 'public.organizations.created_by' }] }],
  });

  await blocker.query('rollback');
  await recovers(t, app);
});
