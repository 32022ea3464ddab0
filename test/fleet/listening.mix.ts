import { existsSync } from 'node:fs';
import t from 'tap';
import { appOn, until } from '../helper.js';
import { authenticatorAt, fourOn, kill, migrate, reload, reloadInVain, seen, serves, urlsOf } from './four.js';
import { findPooler, poolerFor } from './pooler.js';

t.test('four that are fine', async (t) => {
  const four = await fourOn(t);
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  const { instances, otherListeners } = await seen(app, []);
  t.equal(new Set(instances.map(({ listener }: { listener: { pid: number } }) => listener.pid)).size, 4);
  t.same(otherListeners, []);
  await migrate(four);
  t.match(await reload(app, 60), { status: 200, outcome: 'fresh', listeners: 4, instances: { length: 4 } });
  await serves(t, four.instances);
});

t.test('one has its listener disabled', async (t) => {
  const four = await fourOn(t, { last: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  await seen(app, ['instance_does_not_listen']);
  await migrate(four);
  const [, , , deaf] = four.instances;
  const answer = await reloadInVain(app, [deaf]);
  t.match(answer, {
    status: 504,
    code: 'deadline_passed',
    listeners: 3,
    instances: [{}, {}, {}, { url: deaf.url, drift: [{ object: 'public.organizations.created_by' }] }],
  });
  t.same(answer.laggards, [deaf.url]);
  await serves(t, four.instances, [true, true, true, false]);
});

t.test('one listens on another channel', async (t) => {
  const four = await fourOn(t, { last: { PGRST_DB_CHANNEL: 'other' } });
  const [, , , other] = four.instances;
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  const { otherListeners } = await seen(app, ['instance_does_not_listen', 'other_channel']);
  t.match(otherListeners, [{ channel: 'other', applicationName: 'PostgREST 12.0.2' }]);
  await migrate(four);
  const answer = await reloadInVain(app, [other]);
  t.match(answer, { status: 504, code: 'deadline_passed', listeners: 3 });
  t.same(answer.laggards, [other.url]);
  await serves(t, four.instances, [true, true, true, false]);
});

t.test('one is behind a pooler in transaction mode', async (t) => {
  const pooler = findPooler();
  if (pooler === undefined) {
    t.comment('left out: there is no pgbouncer');
    t.notOk(existsSync('/usr/sbin/pgbouncer'));
    return;
  }
  const four = await fourOn(t);
  const [first, second, third] = four.instances;
  const { port } = new URL(four.sandbox.databaseUrl);
  const pooled = await four.sandbox.addPostgrest({
    PGRST_DB_URI: await poolerFor(t, pooler, authenticatorAt(port)),
    PGRST_DB_PREPARED_STATEMENTS: 'false',
  });
  await kill(four.instances[3]);
  const instances = [first, second, third, pooled];
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(instances) });
  // The pooler's session looks as if it listened until it is used for something else.
  await until('its LISTEN is lost', async () => {
    await fetch(`${pooled.url}/organizations`);
    return (await app.inject('/schema/instances')).json().problems.length === 1;
  });
  await seen(app, ['instance_does_not_listen']);
  await migrate(four);
  const answer = await reloadInVain(app, [pooled]);
  t.match(answer, { status: 504, listeners: 3 });
  t.same(answer.laggards, [pooled.url]);
  await serves(t, instances, [true, true, true, false]);
});

t.test('two are bad at once', async (t) => {
  const four = await fourOn(t, { last: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  const [first, second, stopped, deaf] = four.instances;
  await kill(stopped);
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  await seen(app, ['instance_does_not_listen']);
  await migrate(four);
  const answer = await reloadInVain(app, [stopped, deaf]);
  t.match(answer, {
    status: 504,
    listeners: 2,
    instances: [{}, {}, { error: { code: 'unreachable' } }, { drift: {} }],
  });
  t.same(answer.laggards, [stopped.url, deaf.url]);
  await serves(t, [first, second, deaf], [true, true, false]);
});

t.test('none listens', async (t) => {
  const four = await fourOn(t, { every: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  await seen(app, ['nobody_listens']);
  await migrate(four);
  t.match(await reload(app, 1), { status: 409, code: 'nobody_listens', listeners: 0, laggards: [] });
  await serves(t, four.instances, [false, false, false, false]);
});
