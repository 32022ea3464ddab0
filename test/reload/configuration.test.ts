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
