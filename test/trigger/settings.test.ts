import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { appOn, connect, sandboxFor, until } from '../helper.js';
import { type Database, databaseFor, loginFor } from '../support/database.js';

/** A PostgREST with a role of its own, which is all that is configured, and the service with the trigger installed. */
async function ownRole(t: Test, database: Database) {
  const client = await connect(t, database.databaseUrl);
  const login = await loginFor(database.databaseUrl);
  // Alone: whose settings count is told by who listens.
  process.kill(database.postgrestPid);
  await client.query(`grant anon to ${login.name}; create schema api; create table api.t (id int primary key)`);
  const { url: postgrestUrl } = await database.addPostgrest({ PGRST_DB_URI: login.url });
  const app = await appOn(t, { ...database, postgrestUrl });
  await app.inject({ method: 'POST', url: '/trigger/install' });
  const reloadConfig = () => client.query(`notify pgrst, 'reload config'; notify pgrst, 'reload schema'`);
  return { app, client, role: login.name, database: client.database ?? '', reloadConfig };
}

const status = async (app: FastifyInstance) => (await app.inject('/trigger/status')).json();

t.test('the SQL of the advice is for the place that wins: whoever runs it is cured', async (t) => {
  // On a server of its own: what is set for a role counts in all databases.
  const { app, client, role, database, reloadConfig } = await ownRole(t, await sandboxFor(t));
  const exposed = async () => (await status(app)).exposedSchemas.postgrest.join();
  const warned = async () => (await status(app)).warnings.find(({ code }: { code: string }) => code === 'more_schemas');
  const set = async () => {
    await client.query(`alter role ${role} in database ${database} set pgrst.db_schemas = 'public'`);
    await client.query(`alter role ${role} set pgrst.db_schemas = 'public, api'`);
    await reloadConfig();
    await until('public alone is exposed', async () => (await exposed()) === 'public');
  };

  await set();
  const { remedy } = await warned();
  const [, expose = '', takeOut = ''] = /expose them: (alter .*), then .*not meant: (alter .*)$/.exec(remedy) ?? [];
  await client.query(expose);
  await reloadConfig();
  await until('it is exposed', async () => (await exposed()) === 'public,api');
  t.equal(await warned(), undefined);

  await set();
  await client.query(takeOut);
  t.equal(await warned(), undefined);
  t.match(await status(app), { state: 'ok', exposedSchemas: { trigger: ['public'], postgrest: ['public'] } });
});

t.test('a platform that has switched the API off is told as that', async (t) => {
  const { app, client, role, database, reloadConfig } = await ownRole(t, await databaseFor(t));
  const off = 'pg_pgrst_no_exposed_schemas';
  await client.query(`alter role ${role} in database ${database} set pgrst.db_schemas = '${off}'`);
  await reloadConfig();
  await until('nothing is exposed', async () => (await status(app)).exposedSchemas.postgrest.join() === off);
  const place = new RegExp(`alter role ${role} in database "${database}" set pgrst.db_schemas`);
  t.match(await status(app), { state: 'ok', warnings: [{ code: 'nothing_exposed', remedy: place }] });
  t.same(
    (await status(app)).warnings.map(({ code }: { code: string }) => code),
    ['nothing_exposed'],
  );
  const driftOf = async () => (await app.inject('/schema/verify')).json().instances[0].drift;
  const [missing, ...others] = await driftOf();
  t.match(missing, { kind: 'missing_schema', object: off, effect: /^404/, remedy: /^nothing is exposed/ });
  t.match(missing.remedy, place);
  t.same(others, []);
});

t.test('what is set for the database is no anonymous role of PostgREST', async (t) => {
  const { app, client, role, database } = await ownRole(t, await databaseFor(t));
  const shownTo = async () => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    return answer.json().instances[0].coverage.role;
  };
  await client.query(`alter database ${database} set pgrst.db_anon_role = '${role}'`);
  t.equal(await shownTo(), 'anon');
  await client.query(`alter role ${role} in database ${database} set pgrst.db_anon_role = '${role}'`);
  t.equal(await shownTo(), role);
});
