import t from 'tap';
import { appOn, connect, until } from '../helper.js';
import { proxyFor } from '../proxy.js';
import { authenticatorAt, fourOn, kill, migrate, reload, reloadInVain, seen, serves, urlsOf } from './four.js';

t.test('one is stopped', async (t) => {
  const four = await fourOn(t);
  const [, , , stopped] = four.instances;
  await kill(stopped);
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  const { instances } = await seen(app, []);
  t.match(instances[3], { version: null, listener: null, error: { code: 'unreachable' } });
  await migrate(four);
  const answer = await reloadInVain(app, [stopped]);
  t.match(answer, { status: 504, instances: [{}, {}, {}, { error: { code: 'unreachable' } }] });
  t.same(answer.laggards, [stopped.url]);
  await serves(t, four.instances.slice(0, 3));
});

t.test('one answers slowly', async (t) => {
  const four = await fourOn(t);
  const [first, second, third, last] = four.instances;
  const delayMs = 150;
  const slow = (await proxyFor(t, last.url, delayMs)).url;
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf([first, second, third, { url: slow }]) });
  t.match((await seen(app, [])).instances[3], { url: slow, version: '12.0.2' });
  await migrate(four);
  const answer = await reload(app, 90);
  t.match(answer, { status: 200, outcome: 'fresh' });
  // It is asked at least twice: no machine is quicker.
  t.ok(answer.durationMs > 2 * delayMs, `it took ${answer.durationMs} ms`);
  await serves(t, four.instances);
});

t.test('one loads slowly', async (t) => {
  const four = await fourOn(t);
  const { database, sandbox, instances } = four;
  const [first, second, third] = instances;
  // PostgREST calls its pre-config before it loads.
  await database.query(`
    create function public.hold() returns void language sql as 'select pg_advisory_xact_lock_shared(1)';
    notify pgrst, 'reload schema'`);
  const slow = await sandbox.addPostgrest({ PGRST_DB_PRE_CONFIG: 'public.hold' });
  const members = [first, second, third, slow];
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(members) });
  t.equal((await reload(app, 90)).status, 200);
  const holder = await connect(t, sandbox.databaseUrl);
  await holder.query('select pg_advisory_lock(1)');
  await migrate(four);
  const answer = reload(app, 90);
  await until('it waits', async () => (await database.query('select from pg_locks where not granted')).rowCount !== 0);
  const impatient = await reloadInVain(app, [slow]);
  t.match(impatient, { status: 504 });
  t.same(impatient.laggards, [slow.url]);
  await serves(t, members, [true, true, true, false]);
  await holder.query('select pg_advisory_unlock(1)');
  t.match(await answer, { status: 200, outcome: 'fresh' });
  await serves(t, members);
});

t.test('one cannot load', async (t) => {
  const four = await fourOn(t);
  const { database, sandbox } = four;
  const [first, second, third] = four.instances;
  // PostgREST reads the time zones when it loads, and gives the cache up when it cannot.
  await database.query(`
    create role unlucky login noinherit password 'unlucky';
    grant anon to unlucky;
    grant select on pg_catalog.pg_timezone_names to authenticator`);
  const { port } = new URL(sandbox.databaseUrl);
  const unlucky = await sandbox.addPostgrest({ PGRST_DB_URI: authenticatorAt(port, 'unlucky') });
  await kill(four.instances[3]);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf([first, second, third, unlucky]) });
  await seen(app, []);
  await database.query('revoke select on pg_catalog.pg_timezone_names from public');
  await migrate(four);
  const answer = await reloadInVain(app, [unlucky]);
  t.match(answer, {
    status: 502,
    code: 'load_failed',
    instances: [{}, {}, {}, { error: { code: 'no_schema_cache' } }],
  });
  t.same(answer.laggards, [unlucky.url]);
  await serves(t, [first, second, third]);
  await database.query('grant select on pg_catalog.pg_timezone_names to public');
  t.equal((await reload(app, 90)).status, 200);
  await serves(t, [first, second, third, unlucky]);
});
