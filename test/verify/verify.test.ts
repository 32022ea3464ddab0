import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient, type PostgrestClient } from '../../src/postgrest/client.js';
import { type InstanceReport, isFresh } from '../../src/verify/verify.js';
import { appOn, connect, sandboxFor, until } from '../helper.js';
import { proxyFor } from '../proxy.js';
import { clockOf } from '../reload/clock-of.js';
import { verifierOn } from './verifier.js';

t.test('it answers for one object, schema or instance', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`create table "Odd.Name" ("A b" int); grant select on "Odd.Name" to anon`);
  const current = await sandbox.addPostgrest();
  await database.query(
    'alter table organizations add column created_by text; alter table projects drop column archived cascade',
  );
  await database.query(`notify pgrst, 'reload schema'`);
  const stale = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  await database.query('alter table organizations add column only_one_lacks_it text');
  await database.query(`notify pgrst, 'reload schema'`);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${current.url}/,${stale.url}` });
  const ask = async (query: string) => {
    const answer = await app.inject(`/schema/verify?${query}`);
    const body = answer.json();
    const drift = body.instances?.flatMap((instance: { drift: { object: string }[] }) => instance.drift);
    return { ...body, statusCode: answer.statusCode, objects: drift?.map(({ object }: { object: string }) => object) };
  };
  const column = 'public.organizations.only_one_lacks_it';
  await until('one instance is fresh', async () => (await ask('')).objects.length === 1);

  for (const object of [column, 'public.organizations', '"public"."organizations"."only_one_lacks_it"']) {
    t.match(await ask(`object=${encodeURIComponent(object)}`), { consistent: false, objects: [column] }, object);
  }
  for (const object of [
    'public.organizations.name',
    'public.projects',
    'public."Odd.Name"',
    'public."Odd.Name"."A b"',
  ]) {
    t.match(await ask(`object=${encodeURIComponent(object)}`), { consistent: true, objects: [] }, object);
  }
  t.match(await ask('schema=public'), { consistent: false, objects: [column] });
  t.match(await ask(`instance=${encodeURIComponent(current.url)}`), {
    consistent: true,
    instances: [{ url: current.url }],
  });
  t.match(await ask(`instance=${encodeURIComponent(`${stale.url}/`)}`), { consistent: false, objects: [column] });

  await database.query('alter table organizations drop column created_by');
  t.match(await ask('object=public.organizations.created_by'), { consistent: false }, 'a column that only caches have');

  const refusals: [query: string, problem: object][] = [
    ['schema=nope', { code: 'unknown_schema', detail: /exposed schemas are: public/ }],
    ['object=nope.organizations', { code: 'unknown_schema', detail: /exposed schemas are: public/ }],
    [
      'object=public.nope',
      { code: 'unknown_object', detail: /no relation, column, relationship or function public\.nope/ },
    ],
    ['object=public.organizations.nope', { code: 'unknown_object' }],
    [
      'object=public.Organizations',
      { code: 'unknown_object', detail: /no relation, column, relationship or function public\."Organizations"/ },
    ],
    ['object=organizations', { code: 'unknown_object', detail: /takes schema\.relation/ }],
    ['object=a.b.c.d', { code: 'unknown_schema' }],
    ['object=public.f(a).b', { code: 'unknown_object' }],
    ['object=public.%22open', { code: 'unknown_object', detail: /takes schema\.relation/ }],
    ['instance=http%3A%2F%2Fnope', { code: 'unknown_instance', detail: /the instances are: http/ }],
  ];
  for (const [query, problem] of refusals) t.match(await ask(query), { statusCode: 422, ...problem }, query);
});

t.test('a relation that the document hides is compared by its names', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create table secret (id int, stale int)');
  await database.query('revoke all on secret from anon');
  const ask = async (role: string, object: string) => {
    const app = await appOn(t, sandbox, { PGRST_DB_ANON_ROLE: role });
    const answer = await app.inject(`/schema/verify?failOnDrift=true&object=${object}`);
    return { statusCode: answer.statusCode, ...answer.json() };
  };
  const missing = (kind: string, object: string) => ({
    statusCode: 409,
    instances: [{ drift: [{ kind, object }] }],
  });
  t.match(await ask('anon', 'public.secret'), missing('missing_relation', 'public.secret'));
  const app = await appOn(t, sandbox);
  await app.inject({ method: 'POST', url: '/schema/reload' });
  await database.query('alter table secret add column more int');
  for (const role of ['anon', 'postgres', 'stranger']) {
    t.match(await ask(role, 'public.secret.stale'), { statusCode: 200, consistent: true }, role);
    t.match(await ask(role, 'public.secret.more'), missing('missing_column', 'public.secret.more'), role);
  }
  t.match(await ask('anon', 'public.projects'), { statusCode: 200, consistent: true });
});

t.test('many at once share a run', async (t) => {
  const app = await appOn(t, await sandboxFor(t));
  const answers = await Promise.all(Array.from({ length: 100 }, () => app.inject('/schema/verify')));
  const runs = new Set(answers.map((answer) => answer.json().verifiedAt));
  t.ok(runs.size <= 2, `${runs.size} runs`);
});

t.test('an answer is given again while nothing was written, unless a new one is asked for', async (t) => {
  // It is so for a second, in which this machine may do less than this.
  clockOf(t).stop();
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const ask = async (headers = {}) => (await app.inject({ url: '/schema/verify', headers })).json();
  const first = await ask();
  t.match(first, { consistent: true, ageMs: Number });
  await delay(5);
  const again = await ask();
  t.equal(again.verifiedAt, first.verifiedAt);
  t.ok(again.ageMs > first.ageMs, 'its age is told');
  const asked = await ask({ 'cache-control': 'no-cache' });
  t.not(asked.verifiedAt, first.verifiedAt);

  await database.query('alter table organizations add column created_by text');
  t.match(await ask(), { consistent: false }, 'a change is seen at once');
  await database.query(`notify pgrst, 'reload schema'`);
  await until('drift is not kept', async () => (await ask()).consistent);
});

t.test('what changed between the two readings, and is served, is no drift', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const pool = createPool(sandbox.databaseUrl, 2);
  t.teardown(() => pool.end());
  const real = createPostgrestClient({});
  let migrated = false;
  const client: PostgrestClient = {
    ...real,
    async openApi(instance, schema, signal) {
      // Our reading of the catalog is over, or nearly: the migration and its reload come before that of the document.
      await until('the catalog is read', () => pool.totalCount > 0 && pool.idleCount === pool.totalCount);
      if (!migrated) {
        await database.query('alter table organizations add column created_by text');
        await database.query(`notify pgrst, 'reload schema'`);
        const isServed = async () =>
          JSON.stringify(await real.openApi(instance, schema, signal)).includes('created_by');
        await until('the column is served', isServed);
      }
      migrated = true;
      return real.openApi(instance, schema, signal);
    },
  };
  const instances = [{ url: sandbox.postgrestUrl }];
  const verifier = verifierOn(pool, client, instances, 'anon', ['public']);
  const { reports } = await verifier.verify();
  t.equal(migrated, true);
  t.ok(reports.every(isFresh), JSON.stringify(reports));
});

t.test('many that ask about different objects share runs', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(
    `do $$ begin for number in 1..50 loop execute format('create table each_%s ()', number); end loop; end $$`,
  );
  const app = await appOn(t, sandbox);
  t.match((await app.inject({ method: 'POST', url: '/schema/reload' })).json(), { outcome: 'fresh' });
  const headers = { 'cache-control': 'no-cache' };
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      app.inject({ url: `/schema/verify?object=public.each_${number + 1}`, headers }),
    ),
  );
  t.ok(answers.every((answer) => answer.json().consistent === true));
  const runs = new Set(answers.map((answer) => answer.json().verifiedAt));
  t.ok(runs.size <= 2, `${runs.size} runs`);
});

t.test('each foreign key is a finding of its own, though the document does not name them', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create table target (id int primary key);
    create table keys (id int primary key, a int, b int, c int constraint moved references target, d int);
    grant select on target, keys to anon`);
  const app = await appOn(t, sandbox);
  const drift = async () => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    const [instance] = answer.json().instances;
    return instance.drift.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`);
  };
  await app.inject({ method: 'POST', url: '/schema/reload' });
  t.same(await drift(), []);
  await database.query('alter table keys add foreign key (a) references target, add foreign key (b) references target');
  t.same(await drift(), ['missing_relationship public.keys.a', 'missing_relationship public.keys.b']);
  await app.inject({ method: 'POST', url: '/schema/reload' });
  await database.query(`
    alter table keys drop constraint moved, add constraint moved foreign key (d) references target`);
  t.same(await drift(), ['extra_relationship public.keys.c', 'missing_relationship public.keys.d']);
});

t.test('functions that take the same names are missing if none is cached', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create function twice(a int) returns int language sql return a;
    create function twice(a text) returns text language sql return a`);
  const app = await appOn(t, sandbox);
  const ask = async () => (await app.inject('/schema/verify?object=public.twice')).json().instances[0].drift;
  t.match(await ask(), [
    { kind: 'missing_function', object: 'public.twice(a integer)' },
    { kind: 'missing_function', object: 'public.twice(a text)' },
  ]);
  await app.inject({ method: 'POST', url: '/schema/reload' });
  t.same(await ask(), []);
});

t.test('what is missing is described as it is', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(
    'create view seen as select 1 as one; create table unseen (id int); grant select on seen to anon',
  );
  await database.query(`alter table projects alter column title set default 'none'`);
  const app = await appOn(t, sandbox);
  t.match((await app.inject('/schema/verify')).json().instances[0].drift, [
    { kind: 'changed_column', object: 'public.projects.title', effect: /^the OpenAPI document describes/ },
    { object: 'public.seen', catalog: { kind: 'view', columns: ['one'] }, effect: /on writes to it/ },
    { object: 'public.unseen', catalog: { kind: 'table', columns: ['id'] } },
  ]);
});

t.test('a look that is overtaken by a later one is not the last', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  const client = createPostgrestClient({});
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held: Promise<void> | undefined = released;
  let isHeld = false;
  const slow: PostgrestClient = {
    ...client,
    async openApi(...question) {
      const answer = await client.openApi(...question);
      const first = held;
      held = undefined;
      isHeld = true;
      await first;
      return answer;
    },
  };
  const verifier = verifierOn(pool, slow, [{ url: sandbox.postgrestUrl }], 'anon');
  await database.query('alter table organizations add column created_by text');
  const first = verifier.look(60_000);
  await until('it has read', () => isHeld);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('it is fresh', async () => (await verifier.look(60_000)).reports.every(isFresh));
  release();
  t.notOk((await first).reports.every(isFresh));
  t.ok(verifier.last()?.reports.every(isFresh));

  const url = sandbox.postgrestUrl;
  const [provenAt, last] = [verifier.provenFreshAt(url), verifier.last()];
  verifier.proven(last?.reports ?? [], new Date(0));
  t.same([verifier.provenFreshAt(url), verifier.last()?.at], [provenAt, last?.at], 'what is known is not set back');
});

t.test('an instance that hangs while it is read is given up long before the time is over', async (t) => {
  const sandbox = await sandboxFor(t);
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  const proxy = await proxyFor(t, sandbox.postgrestUrl);
  const client = createPostgrestClient({});
  const hanging: PostgrestClient = {
    ...client,
    openApi(instance, ...question) {
      if (instance.url === proxy.url) proxy.cut();
      return client.openApi(instance, ...question);
    },
  };
  const verifier = verifierOn(pool, hanging, [{ url: sandbox.postgrestUrl }, { url: proxy.url }], 'anon');
  let reports: readonly InstanceReport[] | undefined;
  const look = verifier.look(3_600_000).then((seen) => {
    ({ reports } = seen);
  });
  await until('it is given up', () => reports !== undefined, 60_000);
  await look;
  t.match(reports, [{ findings: [] }, { error: { code: 'timeout' } }]);
});

t.test('an instance that answers is waited for', async (t) => {
  const sandbox = await sandboxFor(t);
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  const client = createPostgrestClient({});
  const slow: PostgrestClient = {
    ...client,
    async openApi(...question) {
      await delay(3_000);
      return client.openApi(...question);
    },
  };
  const verifier = verifierOn(pool, slow, [{ url: sandbox.postgrestUrl }], 'anon');
  t.match((await verifier.look(60_000)).reports, [{ findings: [] }]);
});

t.test('the others are read while one that hangs is waited for', async (t) => {
  const sandbox = await sandboxFor(t);
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  const proxy = await proxyFor(t, sandbox.postgrestUrl);
  proxy.cut();
  const instances = [{ url: proxy.url }, { url: sandbox.postgrestUrl }];
  const verifier = verifierOn(pool, createPostgrestClient({}), instances, 'anon');
  const reported: string[] = [];
  const { reports } = await verifier.look(60_000, {
    began: () => {},
    reported: ({ instance }) => reported.push(instance.url),
  });
  t.match(reports, [{ error: { code: 'timeout' } }, { findings: [] }]);
  t.same(reported, [sandbox.postgrestUrl, proxy.url]);
});
