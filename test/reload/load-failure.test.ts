import t, { type Test } from 'tap';
import { dump } from '../corpus/measure.js';
import { gatewayFor, reply } from '../gateway.js';
import { appOn, connect } from '../helper.js';
import { type Database, databaseFor } from '../support/database.js';

/** A real PostgREST that calls itself another version; from 16 on one serves the cache that it had when a load fails. */
async function calling(t: Test, database: Pick<Database, 'postgrestUrl'>, version: string): Promise<string> {
  const url = new URL(database.postgrestUrl);
  return gatewayFor(t, url.href, (_, response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: object) =>
      writeHead(status, { ...headers, server: `postgrest/${version}` })) as never;
    return false;
  });
}

async function reload(app: Awaited<ReturnType<typeof appOn>>, wait: number) {
  const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait } });
  return { status: answer.statusCode, ...answer.json() };
}

async function verify(app: Awaited<ReturnType<typeof appOn>>, query = '') {
  const answer = await app.inject({ url: `/schema/verify${query}`, headers: { 'cache-control': 'no-cache' } });
  return { status: answer.statusCode, ...answer.json() };
}

/** An admin server that gives the schema cache of `database`, and answers as `ready` says whether it is ready. */
async function adminFor(t: Test, database: Database, ready: Parameters<typeof gatewayFor>[2]) {
  const document = await dump('--dump-schema', database.databaseUrl, { schemas: ['public'] });
  return gatewayFor(t, undefined, (request, response) =>
    request.url === '/schema_cache' ? reply(response, 200, document) : ready(request, response),
  );
}

t.test('where a listed schema does not exist, a version whose loads fail of it is not fresh', async (t) => {
  // Without a document, in which it would tell its own version.
  const postgrestConfig = { PGRST_DB_SCHEMAS: 'public,gone', PGRST_OPENAPI_MODE: 'disabled' };
  const database = await databaseFor(t, { postgrestConfig });
  const client = await connect(t, database.databaseUrl);
  await client.query('create schema gone; drop schema gone');
  for (const version of ['13.0.8', '16.2']) {
    const app = await appOn(t, { ...database, postgrestUrl: await calling(t, database, version) });
    const answer = await reload(app, 1);
    t.match(answer, {
      status: 502,
      code: 'load_failed',
      detail: /schema gone of its db-schemas does not exist: create the schema, or take it out of db-schemas/,
      instances: [{ after: 'stale', error: { code: 'load_failing' } }],
    });
    t.match(await verify(app), {
      consistent: false,
      instances: [{ drift: [{ kind: 'missing_schema' }], error: { code: 'load_failing' } }],
    });
  }
  const inPath = await appOn(
    t,
    { ...database, postgrestUrl: await calling(t, database, '16.2') },
    { PGRST_DB_SCHEMAS: 'public', PGRST_DB_EXTRA_SEARCH_PATH: 'public, extras' },
  );
  t.match(await reload(inPath, 1), { status: 502, detail: /schema extras of its db-extra-search-path does not exist/ });
  const old = await appOn(t, database);
  t.match(await reload(old, 30), { status: 200 }, '12.0.2 serves on');
  await client.query('create schema gone');
  const cured = await appOn(t, { ...database, postgrestUrl: await calling(t, database, '16.2') });
  t.match(await reload(cured, 30), { status: 200 });
});

t.test('a schema that only our setting names, and does not exist, fails no load', async (t) => {
  const database = await databaseFor(t, { postgrestConfig: { PGRST_OPENAPI_MODE: 'disabled' } });
  // Its API is not asked for what it does not expose: the admin server tells.
  const admin = await adminFor(t, database, (_, response) => reply(response, 200, ''));
  const on = { ...database, postgrestUrl: await calling(t, database, '16.2') };
  const app = await appOn(t, on, { PGRST_DB_SCHEMAS: 'public,gone', POSTGREST_ADMIN_URLS: admin });
  t.match(await reload(app, 30), { status: 200, outcome: 'fresh' });
  const { instances } = await verify(app);
  t.match(instances, [{ drift: [{ kind: 'missing_schema', effect: /^once PostgREST takes it up, every load/ }] }]);
  t.notHas(instances[0], 'error');
});

t.test('a search path that is set and perhaps not taken up fails no load, unless something agrees', async (t) => {
  const postgrestConfig = { PGRST_OPENAPI_MODE: 'disabled', PGRST_DB_CONFIG: 'false' };
  const plain = await databaseFor(t, { postgrestConfig });
  const client = await connect(t, plain.databaseUrl);
  // Roles are everybody's.
  await client.query(`do $$ begin execute format(
    'alter role authenticator in database %I set pgrst.db_extra_search_path = %L', current_database(), 'public, extras'
  ); end $$`);
  const database = { ...plain, postgrestUrl: await calling(t, plain, '16.2') };
  const missing = { kind: 'missing_schema', object: 'extras', effect: /^once PostgREST takes it up, every load/ };
  let ready = 200;
  const admin = await adminFor(t, plain, (_, response) => reply(response, ready, ''));
  for (const env of [{}, { POSTGREST_ADMIN_URLS: admin }, { PGRST_DB_EXTRA_SEARCH_PATH: 'public' }]) {
    const app = await appOn(t, database, env);
    t.match(await reload(app, 30), { status: 200, outcome: 'fresh' }, JSON.stringify(env));
    const { instances } = await verify(app);
    t.match(instances, [{ drift: [missing] }], JSON.stringify(env));
    t.notHas(instances[0], 'error');
  }
  ready = 503;
  const failing = {
    error: { code: 'load_failing', detail: /schema extras of its db-extra-search-path does not exist/ },
  };
  for (const env of [{ POSTGREST_ADMIN_URLS: admin }, { PGRST_DB_EXTRA_SEARCH_PATH: 'public, extras' }]) {
    const { instances } = await verify(await appOn(t, database, env));
    t.match(instances, [{ ...failing, drift: [{ effect: /^every load/ }] }], JSON.stringify(env));
  }
});

t.test('where the admin server is not ready, for whatever reason, it is not fresh', async (t) => {
  const database = await databaseFor(t);
  let isReady = false;
  let asked = 0;
  const adminUrl = await adminFor(t, database, (_, response) => {
    asked++;
    return reply(response, isReady ? 200 : 503, '');
  });
  const app = await appOn(t, database, { POSTGREST_ADMIN_URLS: adminUrl });
  // It has a second to become ready.
  t.match(await reload(app, 4), {
    status: 502,
    code: 'load_failed',
    detail: /says that it is not ready: its last load of the schema cache failed/,
  });
  t.ok(asked > 1, 'a moment later it is asked again');
  isReady = true;
  t.match(await reload(app, 30), { status: 200 });
});

t.test('one that is ready within a second is ready', async (t) => {
  const database = await databaseFor(t);
  let notReadySince: number | undefined;
  const adminUrl = await adminFor(t, database, (_, response) => {
    notReadySince ??= performance.now();
    return reply(response, performance.now() - notReadySince < 600 ? 503 : 200, '');
  });
  const app = await appOn(t, database, { POSTGREST_ADMIN_URLS: adminUrl });
  const answer = await verify(app);
  t.match(answer, { status: 200, consistent: true });
  t.notHas(answer.instances[0], 'error');
});

t.test(
  'whoever says something else than that it is not ready is read, and it is said that this is not known',
  async (t) => {
    const database = await databaseFor(t);
    const others: [what: RegExp, ready: Parameters<typeof gatewayFor>[2]][] = [
      ...[404, 500, 401].map((status): (typeof others)[number] => [
        new RegExp(`status ${status}`),
        (_, response) => reply(response, status, ''),
      ]),
      [/did not answer in time/, () => true],
    ];
    for (const [what, ready] of others) {
      const app = await appOn(t, database, { POSTGREST_ADMIN_URLS: await adminFor(t, database, ready) });
      const answer = await verify(app);
      t.match(answer, { status: 200, consistent: true, instances: [{ source: 'schema_cache' }] }, String(what));
      const { doesNotCover } = answer.instances[0].coverage;
      t.match(
        doesNotCover.at(-1),
        /^whether its last load failed, which its admin server does not tell: /,
        String(what),
      );
      t.match(doesNotCover.at(-1), what);
      t.match(await reload(app, 30), { status: 200, outcome: 'fresh' }, String(what));
    }
  },
);

t.test('one object of a large schema tells as much of failing loads as the whole', async (t) => {
  const wide = `do $$ begin for number in 1..35 loop execute format('create table wide_%s (%s)', number,
    (select string_agg(format('c%s int', part), ', ') from generate_series(1, 100) part)); end loop; end $$`;
  const postgrestConfig = { PGRST_DB_SCHEMAS: 'public,gone', PGRST_OPENAPI_MODE: 'disabled' };
  const database = await databaseFor(t, { postgrestConfig, sql: wide });
  const failing = (detail: RegExp) => ({
    status: 200,
    consistent: false,
    instances: [{ source: 'probe', drift: [], error: { code: 'load_failing', detail } }],
  });
  const byVersion = await appOn(t, { ...database, postgrestUrl: await calling(t, database, '16.2') });
  t.match(await verify(byVersion, '?object=public.wide_1'), failing(/schema gone of its db-schemas/));
  let ready = 503;
  const adminUrl = await gatewayFor(t, undefined, (_, response) => reply(response, ready, ''));
  const byAdmin = await appOn(t, database, { POSTGREST_ADMIN_URLS: adminUrl });
  t.match(await verify(byAdmin, '?object=public.wide_1'), failing(/says that it is not ready/));
  ready = 404;
  const unknown = await verify(byAdmin, '?object=public.wide_1');
  t.match(unknown, { consistent: true });
  t.match(unknown.instances[0].coverage.doesNotCover.at(-1), /^whether its last load failed.*status 404/);
});
