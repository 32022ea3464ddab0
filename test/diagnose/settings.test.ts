import t from 'tap';
import { createDiagnoser } from '../../src/diagnose/diagnose.js';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { InstanceError } from '../../src/postgrest/instance.js';
import { appOn, connect, sandboxFor, until } from '../helper.js';
import { diagnoserOn, errorOf } from './ask.js';

t.test('a setting for this database overrides the one of the role', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create schema api; create table api.things (id int); grant usage on schema api to anon; grant select on api.things to anon;
    alter role authenticator in database postgres set pgrst.db_schemas = 'public';
    alter role authenticator set pgrst.db_schemas = 'public, api';
    notify pgrst, 'reload config'; notify pgrst, 'reload schema'`);
  const diagnose = diagnoserOn(t, await appOn(t, sandbox));
  const headers = { 'accept-profile': 'api' };
  const error = await errorOf(`${sandbox.postgrestUrl}/things`, undefined, headers);
  t.match(error, { code: 'PGRST106' });
  const diagnosis = await diagnose({ error, profile: 'api' });
  t.match(diagnosis, {
    verdict: 'schema_not_exposed',
    explanation: /of the role authenticator lists it, but that of the role IN DATABASE overrides it/,
    remedy: { sql: /^alter role authenticator in database postgres set pgrst\.db_schemas = 'public, api';\nnotify/ },
  });
  await database.query(diagnosis.remedy.sql ?? '');
  await until(
    'whoever runs the SQL is cured',
    async () => (await fetch(`${sandbox.postgrestUrl}/things`, { headers })).status === 200,
  );
});

t.test('a platform that switches the API off', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    alter role authenticator in database postgres set pgrst.db_schemas = 'pg_pgrst_no_exposed_schemas';
    notify pgrst, 'reload config'; notify pgrst, 'reload schema'`);
  const diagnose = diagnoserOn(t, await appOn(t, sandbox));
  const ask = () => fetch(`${sandbox.postgrestUrl}/projects`, { headers: { 'accept-profile': 'public' } });
  await until('nothing is exposed', async () => (await ask()).status === 406);
  const error = await errorOf(`${sandbox.postgrestUrl}/projects`, undefined, { 'accept-profile': 'public' });
  const diagnosis = await diagnose({ error, profile: 'public' });
  t.match(diagnosis, {
    verdict: 'schema_not_exposed',
    explanation: /that is how a platform switches the API off/,
    remedy: { action: /set pgrst\.db_schemas to the schemas that clients may see/ },
  });
  t.notMatch(diagnosis.remedy.sql ?? '', /create schema/);
});

t.test('a limit of connections', async (t) => {
  const sandbox = await sandboxFor(t, { postgrestConfig: { PGRST_DB_POOL: '3' } });
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  await database.query(`create function slow() returns text language sql as 'select pg_sleep(2)::text'`);
  t.equal((await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode, 200);
  await database.query('alter role authenticator connection limit 2');
  const diagnose = diagnoserOn(t, app);
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const answer = await fetch(`${sandbox.postgrestUrl}/rpc/slow`, { method: 'POST' });
      return answer.status === 503 ? await answer.json() : undefined;
    }),
  );
  const error = answers.find((answer) => answer !== undefined);
  t.match(error, { code: 'PGRST000', details: /too many connections for role/ });
  const limited = {
    verdict: 'pool_exhausted',
    explanation: /role authenticator.*\(connection limit 2\)/,
    remedy: { sql: 'alter role authenticator connection limit -1;' },
  };
  const request = { method: 'POST', path: '/rpc/slow' };
  t.match(await diagnose({ error, ...request }), limited);
  await database.query('alter role authenticator connection limit 0');
  const none = await diagnose({ error, ...request });
  t.match(none, { ...limited, explanation: /\(connection limit 0\)/ });
  t.notMatch(none.remedy.action, /db-uri/);
  await database.query(none.remedy.sql ?? '');
  t.match(await diagnose({ error, ...request }), { verdict: 'resolved' });
  const full = { code: 'PGRST000', message: 'Database connection error. Retrying the connection.' };
  const details = 'connection to server failed: FATAL:  sorry, too many clients already\n';
  t.match(await diagnose({ ...full, details }), { verdict: 'pool_exhausted', explanation: /max_connections/ });
});

t.test('a listed schema that does not exist, which fails every load from PostgREST 13 on', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('alter table organizations add column extra int');
  const pool = createPool(sandbox.databaseUrl, 2);
  t.teardown(() => pool.end());
  const client = createPostgrestClient({});
  const diagnoseWith = (identify: typeof client.identify) =>
    createDiagnoser({
      pool,
      client: { ...client, identify },
      instances: [{ url: sandbox.postgrestUrl }],
      channel: 'pgrst',
      anonRole: undefined,
      documentRole: undefined,
      configuredSchemas: () => ['public', 'gone'],
      verify: () => Promise.reject(new InstanceError('unexpected_answer', 'Not asked here.')),
    });
  const remedy = {
    action: /Create the schema, or take it out of db-schemas.* A reload of the schema cache alone cannot help/,
    sql: /^create schema if not exists gone;\nnotify pgrst, 'reload config'/,
  };
  const loaded = diagnoseWith(async () => ({ schemas: ['public', 'gone'], version: '16.2' }));
  const missing = {
    code: 'PGRST204',
    message: "Could not find the 'extra' column of 'organizations' in the schema cache",
  };
  t.match(await loaded(missing), { verdict: 'load_failing', explanation: /does not exist: gone/, remedy });
  const unloaded = diagnoseWith(() => Promise.reject(new InstanceError('no_schema_cache', 'It has no schema cache.')));
  const none = { code: 'PGRST002', message: 'Could not query the database for the schema cache. Retrying.' };
  t.match(await unloaded(none), { verdict: 'load_failing', explanation: /does not exist: gone/, remedy });
  const old = diagnoseWith(async () => ({ schemas: ['public', 'gone'], version: '12.0.2' }));
  t.match(await old(missing), { verdict: 'stale_cache', remedy: { action: /reload/ } }, 'which 12.0 loads nonetheless');
});
