import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { appOn, connect, sandboxFor } from '../helper.js';

/** Stands before a PostgREST and counts its requests at a time. */
async function counting(t: Test, target: string) {
  let [now, most] = [0, 0];
  const server = createServer(async (request, response) => {
    most = Math.max(most, ++now);
    const { method = 'GET', headers, url = '/' } = request;
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(method === 'POST' && { body: await buffer(request) }),
    });
    const body = await answer.text();
    now--;
    response.writeHead(answer.status, { server: answer.headers.get('server') ?? '' }).end(body);
  });
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, most: () => most };
}

const tables = 700;
const create = `create table large_%s (id int primary key, a text, b text, c text, d text)`;

t.test('a large schema is compared in a thread of its own', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
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
  t.match((await app.inject('/schema/verify?object=public.large_7.f')).json(), { code: 'unknown_object' });
  t.equal(threads, 1, 'one thread for all of it');

  await database.query(`do $$ begin
    for number in 101..${tables} loop execute format('drop table large_%s', number); end loop; end $$`);
  const anew = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
  const [{ drift }] = anew.json().instances;
  const extra = drift.filter(({ kind }: { kind: string }) => kind === 'extra_relation');
  t.equal(extra.length, tables - 100, 'what was dropped is remembered, though what is left is small');
});

t.test('one object of a large schema is looked at alone', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`do $$ begin
    for number in 1..${tables} loop execute format('${create}', number); end loop; end $$`);
  await database.query(`
    alter table large_1 add constraint large_1_self foreign key (id) references large_2;
    create function sum_of(a int) returns int language sql return 1;
    create view large_view as select * from large_1`);
  const app = await appOn(t, sandbox);
  t.match((await app.inject({ method: 'POST', url: '/schema/reload' })).json(), { outcome: 'fresh' });
  await database.query(`
    alter table large_7 add column e int, add constraint large_7_key foreign key (e) references large_8;
    create function added(a int, b int) returns int language sql return 1`);
  let threads = 0;
  const count = () => threads++;
  process.on('worker', count);
  t.teardown(() => process.off('worker', count));
  const ask = async (object: string) => {
    const answer = await app.inject(`/schema/verify?object=${encodeURIComponent(object)}`);
    return answer.json();
  };
  const consistent = { consistent: true, instances: [{ source: 'probe', drift: [] }] };
  for (const object of [
    'public.large_8',
    'public.large_7.a',
    'public.large_1.large_1_self',
    'public.large_2.large_1_self',
    'public.large_1.id',
    'public.large_view',
    'public.sum_of',
  ]) {
    t.match(await ask(object), consistent, object);
  }
  const stale: [object: string, ...kinds: string[]][] = [
    ['public.large_7', 'missing_column'],
    ['public.large_7.e', 'missing_column'],
    ['public.added', 'missing_function'],
    ['public.added(a integer, b integer)', 'missing_function'],
  ];
  for (const [object, ...kinds] of stale) {
    const { instances } = await ask(object);
    t.same(
      instances[0].drift.map(({ kind }: { kind: string }) => kind),
      kinds,
      object,
    );
  }
  t.equal(threads, 0, 'and in no other thread');
  const { coverage } = (await ask('public.large_8')).instances[0];
  for (const beyond of ['relationships through views and junctions', 'what was dropped and is still cached']) {
    t.ok(coverage.doesNotCover.includes(beyond), beyond);
  }

  const busy = await counting(t, sandbox.postgrestUrl);
  const behind = await appOn(t, sandbox, { POSTGREST_URLS: busy.url });
  const askBehind = (number: number) => behind.inject(`/schema/verify?object=public.large_${number + 20}`);
  const answers = await Promise.all(Array.from({ length: 30 }, (_, number) => askBehind(number)));
  t.ok(answers.every((answer) => answer.json().consistent === true));
  t.equal(busy.most(), 1, 'one request at a time');
  const same = await Promise.all(
    Array.from({ length: 30 }, () => behind.inject('/schema/verify?object=public.large_9')),
  );
  t.ok(new Set(same.map((answer) => answer.json().verifiedAt)).size <= 2, 'who asks about the same shares a look');
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
