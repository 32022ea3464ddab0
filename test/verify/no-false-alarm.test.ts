import t, { type Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { appOn, connect, readFixture, sandboxFor } from '../helper.js';

/** What /schema/verify says of a PostgREST that has just loaded its cache, started with `config`. */
async function verifyFresh(
  t: Test,
  sandbox: Sandbox,
  config: Record<string, string>,
  env: Record<string, string> = {},
): Promise<{ consistent: boolean; instances: { drift: unknown[]; coverage: Record<string, unknown> }[] }> {
  const { url } = await sandbox.addPostgrest(config);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: url, ...env });
  return (await app.inject('/schema/verify')).json();
}

t.test('a PostgREST that has just loaded its cache gives no finding', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(readFixture('odd.sql'));
  const { rows } = await database.query(
    `select count(*)::int as total from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition`,
  );
  const { total } = rows[0];

  await t.test('asked as the anonymous role', async (t) => {
    const answer = await verifyFresh(t, sandbox, {});
    t.same(answer.instances[0]?.drift, []);
    t.match(answer, { consistent: true });
    t.match(answer.instances[0]?.coverage, { role: 'anon', comparedRelations: total, hiddenRelations: 1 });
  });

  await t.test('with a second, unusually named schema', async (t) => {
    await database.query(`
      create schema "Öther ☃"; grant usage on schema "Öther ☃" to anon;
      create table "Öther ☃".organizations (id int primary key, other int references public.organizations (id));
      create table "Öther ☃".same (id int primary key references "Öther ☃".organizations (id));
      grant select on all tables in schema "Öther ☃" to anon`);
    const answer = await verifyFresh(t, sandbox, { PGRST_DB_SCHEMAS: 'public,Öther ☃' });
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0], { schemas: ['public', 'Öther ☃'], coverage: { comparedRelations: total + 2 } });
  });

  await t.test('with a document that follows no privileges', async (t) => {
    const answer = await verifyFresh(t, sandbox, { PGRST_OPENAPI_MODE: 'ignore-privileges' });
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0]?.coverage, { comparedRelations: total, hiddenRelations: 0 });
  });

  await t.test('where we have the anonymous role wrong: it may see less', async (t) => {
    const answer = await verifyFresh(t, sandbox, {}, { PGRST_DB_ANON_ROLE: 'stranger' });
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0]?.coverage, { role: 'stranger', comparedRelations: total, hiddenRelations: 1 });
  });

  await t.test('where we have the anonymous role wrong: it may see more', async (t) => {
    const answer = await verifyFresh(t, sandbox, {}, { PGRST_DB_ANON_ROLE: 'postgres' });
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0]?.coverage, { comparedRelations: total, hiddenRelations: 1 }, 'by its names');
  });

  await t.test('where we have the anonymous role wrong: there is none', async (t) => {
    const answer = await verifyFresh(t, sandbox, {}, { PGRST_DB_ANON_ROLE: 'nobody at all' });
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0]?.coverage, { role: null });
  });

  await t.test('where the anonymous role is configured in the database', async (t) => {
    await database.query(
      `alter role authenticator set pgrst.db_anon_role = 'stranger'; grant stranger to authenticator`,
    );
    const answer = await verifyFresh(t, sandbox, {});
    t.same(answer.instances[0]?.drift, []);
    t.match(answer.instances[0]?.coverage, { role: 'stranger', comparedRelations: total, hiddenRelations: total });
  });
});
