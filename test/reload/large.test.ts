import t from 'tap';
import { appOn, connect, sandboxFor } from '../helper.js';

const tables = 700;

t.test('a large schema is compared in a thread of its own', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const create = `create table large_%s (id int primary key, a text, b text, c text, d text)`;
  await database.query(`do $$ begin
    for number in 1..${tables} loop execute format('${create}', number); end loop; end $$`);
  let threads = 0;
  const count = () => threads++;
  process.on('worker', count);
  t.teardown(() => process.off('worker', count));
  const app = await appOn(t, sandbox);
  t.match((await app.inject({ method: 'POST', url: '/schema/reload' })).json(), { outcome: 'fresh' });

  await database.query('alter table large_7 add column e int');
  const answer = await app.inject('/schema/verify?failOnDrift=true');
  t.equal(answer.statusCode, 409);
  t.match(answer.json().instances, [
    { source: 'openapi', drift: [{ kind: 'missing_column', object: 'public.large_7.e' }] },
  ]);
  t.match((await app.inject('/schema/verify?object=public.large_7.e')).json(), { consistent: false });
  t.match((await app.inject('/schema/verify?object=public.large_7.f')).json(), { code: 'unknown_object' });
  t.match((await app.inject('/schema/verify?object=public.large_8')).json(), { consistent: true });
  t.equal(threads, 1, 'one thread for all of it');
});

t.test('what fails in the thread is told as it is', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const columns = Array.from({ length: 1_500 }, (_, number) => `c${number} int`).join(', ');
  await database.query(
    `create table wide (${columns}); create table wider (${columns}); create table widest (${columns})`,
  );
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},http://127.0.0.1:1` });
  t.match((await app.inject('/schema/verify')).json().instances, [
    { drift: [{ object: 'public.wide' }, { object: 'public.wider' }, { object: 'public.widest' }] },
    { error: { code: 'unreachable', detail: /ECONNREFUSED/ } },
  ]);
  await database.query('revoke select on pg_catalog.pg_attrdef from public');
  await database.query(`create role ops login password 'ops'`);
  const url = new URL(sandbox.databaseUrl);
  url.username = url.password = 'ops';
  const unprivileged = await appOn(t, sandbox, { DATABASE_URL: url.href });
  t.match((await unprivileged.inject('/schema/verify')).json(), { status: 403, code: 'insufficient_privilege' });
});
