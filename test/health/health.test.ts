import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import t, { type Test } from 'tap';
import { createTurnover } from '../../src/fleet/turnover.js';
import { type Check, type Checks, createHealth, createReadiness, overallStatus } from '../../src/health/health.js';
import { createProbe } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { createTrigger } from '../../src/trigger/trigger.js';
import { stopTime } from '../fake-timers.js';
import { appOn, connect, serve, until } from '../helper.js';
import { createClock } from '../stepping-clock.js';
import { databaseFor } from '../support/database.js';

const check = (...statuses: Check['status'][]): Check[] =>
  statuses.map((status) => ({ status, time: '2026-01-31T12:00:00.000Z' }));
const well: Checks = {
  database: check('pass'),
  postgrest: check('pass', 'pass'),
  listeners: check('pass'),
  trigger: check('pass'),
  drift: check('pass'),
  reloads: check('pass'),
  leader: check('pass'),
};

t.test('the worst check decides, and one instance of several has to work', async (t) => {
  t.equal(overallStatus(well, []), 'pass');
  t.equal(overallStatus({ ...well, trigger: check('warn') }, []), 'warn');
  t.equal(overallStatus({ ...well, trigger: check('warn') }, ['trigger']), 'pass');
  t.equal(overallStatus({ ...well, trigger: check('warn'), database: check('fail') }, []), 'fail');
  t.equal(overallStatus({ ...well, postgrest: check('pass', 'fail') }, []), 'warn');
  t.equal(overallStatus({ ...well, postgrest: check('fail', 'fail') }, []), 'fail');
  t.equal(overallStatus({ ...well, postgrest: check('fail') }, ['postgrest']), 'pass');
});

/** Has names resolved by `resolve` until the test ends. */
function resolveTo(t: Test, resolve: unknown): void {
  const { lookup } = dns.promises;
  const use = (own: unknown) => {
    Object.assign(dns.promises, { lookup: own });
    syncBuiltinESMExports();
  };
  t.teardown(() => use(lookup));
  use(resolve);
}

/** Whether a check ran out of its second, which on a busy machine says nothing of what is checked. */
const isHurried = ({ checks = {} }: { checks?: Partial<Checks> }): boolean =>
  Object.values(checks).some((group) =>
    group.some(({ output = '' }) => /No answer within|in time|timeout|took too long/.test(output)),
  );

t.test('health says what is there', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const env = { API_TOKENS: 'monitor:read:a-token-of-the-monitor', POSTGREST_ADMIN_URLS: sandbox.postgrestAdminUrl };
  const app = await appOn(t, sandbox, env);
  const headers = { authorization: 'Bearer a-token-of-the-monitor' };
  const health = async (query = '', asked = app) => {
    const ask = () => asked.inject({ url: `/health${query}`, headers });
    let answer = await ask();
    await until('every check had time enough', async () => {
      answer = await ask();
      return !isHurried(answer.json());
    });
    return { statusCode: answer.statusCode, ...answer.json() };
  };

  await t.test('a public body says only the status', async (t) => {
    let answer = await app.inject('/health');
    t.match(answer.headers, { 'content-type': /^application\/health\+json/ });
    await until('every check had time enough', async () => {
      answer = await app.inject('/health');
      return answer.json().status !== 'fail';
    });
    t.same(answer.json(), { status: 'warn' });
  });

  await t.test('with the scope it says which check warns', async (t) => {
    const answer = await health();
    t.match(answer, {
      statusCode: 200,
      status: 'warn',
      checks: {
        database: [{ status: 'pass', observedUnit: 'ms' }],
        postgrest: [{ status: 'pass', componentId: sandbox.postgrestUrl }],
        listeners: [{ status: 'pass' }],
        trigger: [{ status: 'warn', output: 'The event trigger is not installed.' }],
        drift: [{ status: 'pass', output: 'Not verified yet.' }],
        reloads: [{ status: 'pass', output: 'Not listening: what others tell PostgREST is not heard.' }],
      },
    });
  });

  await t.test('strict turns warn into 503, exclude leaves checks out', async (t) => {
    t.match(await health('?strict=true'), { statusCode: 503, status: 'warn' });
    const without = await health('?strict=true&exclude=trigger,drift,reloads,leader');
    t.match(without, { statusCode: 200, status: 'pass' });
    t.same(Object.keys(without.checks).sort(), ['database', 'listeners', 'postgrest']);
    t.match(await health('?strict=true&exclude=trigger,%20drift'), { statusCode: 200 });
    t.match(await health('?exclude=weather'), { statusCode: 400, errors: [{ field: 'querystring.exclude' }] });
  });

  await t.test('drift that a verify found is a warning until a reload ends it', async (t) => {
    await database.query('alter table organizations add column created_by text');
    await app.inject({ url: '/schema/verify', headers });
    await until('the warning', async () => (await health()).checks.drift[0].status === 'warn');
    t.match((await health()).checks.drift, [{ output: `Stale: ${sandbox.postgrestUrl}.` }]);
    await database.query(`notify pgrst, 'reload schema'`);
    await until('the end of it', async () => {
      await app.inject({ url: '/schema/verify', headers });
      return (await health()).checks.drift[0].status === 'pass';
    });
  });

  await t.test('a listener that is gone is a warning', async (t) => {
    const second = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
    const two = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${second.url}` });
    t.match((await health('', two)).checks.listeners, [
      { status: 'warn', output: '1 sessions listen on pgrst, for 2 instances.' },
    ]);
  });

  await t.test('every address of a name is an instance that has to listen', async (t) => {
    resolveTo(t, async () => ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })));
    const { port } = new URL(sandbox.postgrestUrl);
    const named = await appOn(t, sandbox, { POSTGREST_URLS: `dns+http://rest.example:${port}` });
    t.match((await health('', named)).checks, {
      postgrest: [{ componentId: `http://127.0.0.1:${port}` }, { componentId: `http://127.0.0.2:${port}` }],
      listeners: [{ status: 'warn', output: '1 sessions listen on pgrst, for 2 instances.' }],
    });
  });

  await t.test('however many ask, what is behind is asked once a second', async (t) => {
    const pool = createProbe(sandbox.databaseUrl, 30_000);
    const clock = createClock();
    t.teardown(() => pool.end());
    let queries = 0;
    pool.on('acquire', () => queries++);
    const ask = createHealth({
      turnover: createTurnover(),
      pool,
      client: createPostgrestClient({}),
      instances: [{ url: sandbox.postgrestUrl }],
      trigger: createTrigger({ pool, channel: 'pgrst', exposedSchemas: async () => undefined }),
      verifier: { last: () => undefined },
      channel: 'pgrst',
      isGated: false,
      watch: 'off',
      listener: { storm: () => undefined, listeningSince: () => undefined },
      checkTimeoutMs: 30_000,
      now: clock.now,
    });
    await Promise.all(Array.from({ length: 500 }, ask));
    const once = queries;
    t.ok(once > 0 && once < 10, `${once} queries`);
    await clock.pass(1_000);
    await ask();
    t.equal(queries, once, 'not within the second');
    await clock.pass(1);
    await ask();
    t.equal(queries, once * 2);
  });
});

t.test('a stranger who holds the lock of the gate is told, and so is a gate that nobody keeps', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox, { RELOAD_MODE: 'gated' });
  const leader = async () => (await app.inject('/health')).json().checks.leader[0];
  await until('it is told', async () => (await leader()).output === 'Nobody keeps the gate.');
  t.match(await leader(), { status: 'warn' });
  const stranger = await connect(t, sandbox.databaseUrl);
  await stranger.query(`select pg_advisory_lock(hashtext('pgrst-ops:gate'), hashtext('pgrst'))`);
  await until('it is told', async () => /not of pgrst-ops/.test((await leader()).output));
  await stranger.query('select pg_advisory_unlock_all()');
  await serve(app);
  await until('the service keeps it', async () => (await leader()).status === 'pass');
});

t.test('whatever hangs, health answers within 1.5 s, and readiness within 1 s', async (t) => {
  const never = () => new Promise<never>(() => {});
  const pool = Object.assign(createProbe('postgres://127.0.0.1:1/x', 1_000), { query: never });
  resolveTo(t, never);
  const time = stopTime(t);
  const check = createHealth({
    turnover: createTurnover(),
    pool,
    client: { ...createPostgrestClient({}), identify: never, isReady: never },
    instances: [{ url: 'dns+http://rest.example:3000' }],
    trigger: { ...createTrigger({ pool, channel: 'pgrst', exposedSchemas: never }), problems: never },
    verifier: { last: () => undefined },
    channel: 'pgrst',
    isGated: true,
    watch: 'off',
    listener: { storm: () => undefined, listeningSince: () => undefined },
  });
  let checks: Checks | undefined;
  let isReady: boolean | undefined;
  void check().then((found) => (checks = found));
  void createReadiness(pool)().then((found) => (isReady = found));
  await time.pass(900);
  t.same([checks, isReady], [undefined, undefined]);
  await time.pass(100);
  t.equal(isReady, false);
  await time.pass(500);
  t.match(checks, {
    database: [{ status: 'fail', output: 'No answer within 1000 ms.' }],
    postgrest: [{ status: 'fail', componentId: 'dns+http://rest.example:3000' }],
    listeners: [{ status: 'warn' }],
    trigger: [{ status: 'warn' }],
    leader: [{ status: 'warn' }],
  });
});
