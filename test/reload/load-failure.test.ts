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
    t.match((await app.inject('/schema/verify')).json(), {
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

t.test('where the admin server is not ready, for whatever reason, it is not fresh', async (t) => {
  const database = await databaseFor(t);
  const document = await dump('--dump-schema', database.databaseUrl, { schemas: ['public'] });
  let isReady = false;
  let asked = 0;
  const adminUrl = await gatewayFor(t, undefined, ({ url }, response) => {
    if (url === '/schema_cache') return reply(response, 200, document);
    asked++;
    return reply(response, isReady ? 200 : 503, '');
  });
  const app = await appOn(t, database, { POSTGREST_ADMIN_URLS: adminUrl });
  t.match(await reload(app, 1), {
    status: 502,
    code: 'load_failed',
    detail: /says that it is not ready: its last load of the schema cache failed/,
  });
  t.ok(asked > 1, 'a moment later it is asked again');
  isReady = true;
  t.match(await reload(app, 30), { status: 200 });
});
