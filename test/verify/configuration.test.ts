import t from 'tap';
import { appOn, connect, sandboxFor, until } from '../helper.js';

t.test('configuration that PostgREST has not taken up is drift, until it has', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const drift = async () => {
    const [instance] = (await app.inject('/schema/verify')).json().instances;
    return instance.drift.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`);
  };
  t.same(await drift(), []);

  await database.query(`create schema api; alter role authenticator set pgrst.db_schemas = 'public, api, gone'`);
  t.same(await drift(), ['changed_setting pgrst.db_schemas']);
  t.match((await app.inject('/schema/verify?failOnDrift=true')).statusCode, 409);
  t.match((await app.inject('/schema/verify?object=public.projects')).json(), { consistent: true });
  await until('health warns', async () => {
    const { checks } = (await app.inject('/health')).json();
    return checks.drift[0].status === 'warn';
  });

  await database.query(`notify pgrst, 'reload config'; notify pgrst, 'reload schema'`);
  await until('it has them', async () => (await drift()).join() === 'missing_schema gone');
  await database.query(`create schema gone; alter role authenticator set "pgrst.db_schema" = 'public'`);
  t.same(await drift(), ['unknown_setting pgrst.db_schema']);
  t.match(
    (await app.inject({ method: 'POST', url: '/schema/reload' })).json(),
    { outcome: 'fresh' },
    'no reload ends it',
  );
  await database.query('alter role authenticator reset "pgrst.db_schema"');
  t.same(await drift(), []);
});

t.test('settings that PostgREST does not read, or may not, are no drift', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const drift = async () => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    return answer.json().instances[0].drift;
  };
  await database.query(`
    create schema api; create role stranger; create role auth_b login password 'auth_b' in role authenticator;
    alter database postgres set pgrst.db_schemas = 'public, api'`);
  t.same(await drift(), [], 'of the database');
  await database.query(`alter role stranger set pgrst.whatever = '1'; alter role auth_b set pgrst.db_schemas = 'api'`);
  t.same(await drift(), [], 'of other roles');
  await database.query(`create role ops login password 'ops'; alter role authenticator set pgrst.db_schemas = 'api'`);
  const url = new URL(sandbox.databaseUrl);
  url.username = url.password = 'ops';
  const blind = await appOn(t, sandbox, { DATABASE_URL: url.href });
  t.same((await blind.inject('/schema/verify')).json().instances[0].drift, [], 'where it is not seen whose they are');
  t.match(await drift(), [{ kind: 'changed_setting' }]);
  await (await connect(t, sandbox.databaseUrl)).query('listen jobs');
  t.match(await drift(), [{ kind: 'changed_setting' }], 'others listen too');

  const second = new URL(sandbox.databaseUrl);
  second.username = second.password = 'auth_b';
  await database.query(`alter role auth_b superuser`);
  await sandbox.addPostgrest({ PGRST_DB_URI: second.href });
  await until('both roles listen', async () => (await drift()).length === 0);
});
