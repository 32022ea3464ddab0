import t from 'tap';
import { appOn, appWith, connect, until } from '../helper.js';
import { databaseFor, loginFor } from '../support/database.js';

t.test('the fleet is put beside the sessions that listen', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const other = await sandbox.addPostgrest({ PGRST_DB_CHANNEL: 'Other' });
  const urls = [sandbox.postgrestUrl, deaf.url, other.url, 'http://127.0.0.1:1'];
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urls.join(',') });
  const look = async () => (await app.inject('/schema/instances')).json();

  let first = await look();
  await until('both listen, and those that run answer in time', async () => {
    first = await look();
    const { instances, otherListeners } = first;
    const haveAnswered = instances.slice(0, 3).every(({ version }: { version: string | null }) => version !== null);
    return haveAnswered && instances[0].listener !== null && otherListeners.length === 1;
  });
  t.match(first, {
    channel: 'pgrst',
    instances: [
      {
        url: urls[0],
        version: '12.0.2',
        schemas: ['public'],
        source: null,
        provenFreshAt: null,
        listener: { role: 'authenticator', applicationName: 'PostgREST 12.0.2', channel: 'pgrst' },
      },
      { url: deaf.url, version: '12.0.2', listener: null },
      { url: other.url, version: '12.0.2', listener: null },
      { url: urls[3], version: null, listener: null, schemas: [], error: { code: 'unreachable' } },
    ],
    otherListeners: [{ channel: 'Other', applicationName: 'PostgREST 12.0.2' }],
  });
  const { rows } = await database.query('select backend_start from pg_stat_activity where pid = $1', [
    first.instances[0].listener.pid,
  ]);
  t.equal(first.instances[0].listener.connectedAt, rows[0].backend_start.toISOString());
  const codes = ({ problems }: { problems: { code: string }[] }) => problems.map(({ code }) => code);
  t.same(codes(first), ['instance_does_not_listen', 'instance_does_not_listen', 'other_channel']);

  await app.inject('/schema/verify');
  const [read, , , unread] = (await look()).instances;
  t.match(read, { source: 'openapi', provenFreshAt: /^\d{4}-.*Z$/ });
  t.match(unread, { source: null, provenFreshAt: null });
  await database.query('alter table organizations add column created_by text');
  await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
  t.equal((await look()).instances[0].provenFreshAt, read.provenFreshAt, 'not when it was found stale');

  await sandbox.addPostgrest();
  const alone = await appOn(t, sandbox);
  await until('the third listens', async () => {
    return codes((await alone.inject('/schema/instances')).json()).join() === 'other_channel,unknown_listener';
  });
});

t.test('an instance that is down is no deaf one, also where the schemas are configured', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox, {
    POSTGREST_URLS: `${sandbox.postgrestUrl},http://127.0.0.1:1`,
    PGRST_DB_SCHEMAS: 'public',
  });
  await until('the other one listens', async () => {
    return (await app.inject('/schema/instances')).json().instances[0].listener !== null;
  });
  t.match((await app.inject('/schema/instances')).json(), {
    instances: [
      { version: '12.0.2', schemas: ['public'] },
      { version: null, error: { code: 'unreachable' } },
    ],
    problems: [],
  });
});

t.test('nobody listens, or it cannot be seen', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox, { PGRST_DB_CHANNEL: 'nobody' });
  const { problems } = (await app.inject('/schema/instances')).json();
  t.match(problems, [{ code: 'nobody_listens', detail: /nobody/ }, { code: 'other_channel' }]);

  const ops = await loginFor(sandbox.databaseUrl);
  const blind = await appOn(t, sandbox, { DATABASE_URL: ops.url });
  t.match((await blind.inject('/schema/instances')).json(), {
    instances: [{ version: '12.0.2', listener: null }],
    problems: [{ code: 'listeners_hidden' }],
  });
});

t.test('without the database it is unavailable', async (t) => {
  const app = await appWith(t, {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/postgres',
    POSTGREST_URLS: 'http://127.0.0.1:1',
  });
  t.match((await app.inject('/schema/instances')).json(), { status: 503, code: 'database_unavailable' });
});
