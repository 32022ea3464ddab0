import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { capturedDatabase } from '../captured.js';
import { gatewayFor, isForDocument, reply } from '../gateway.js';
import { appOn, connect, hungInstance, readFixture, sandboxFor } from '../helper.js';
import { databaseFor } from '../support/database.js';

const schemaCache = readFixture('captures/16.2/schema_cache.json');

async function verify(t: Test, env: Record<string, string>) {
  const where = { databaseUrl: env.DATABASE_URL ?? '', postgrestUrl: env.POSTGREST_URLS ?? '' };
  const app = await appOn(t, where, env);
  const ask = async () => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    const [{ coverage, ...instance }] = answer.json().instances;
    return { status: answer.statusCode, ...instance, ...coverage };
  };
  return { app, ask };
}

/** A port on which nobody listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

t.test('an admin server that tells nothing leaves the instance to its API', async (t) => {
  const sandbox = await databaseFor(t);
  const answering = (status: number, body: string) =>
    gatewayFor(t, undefined, (_, response) => reply(response, status, body));
  const admins: [reason: RegExp, adminUrl: string][] = [
    [/status 404; PostgREST has one from 12\.2 on/, sandbox.postgrestAdminUrl],
    [/status 401, <html>.*without credentials/, await answering(401, '<html>')],
    [/status 502, <html>/, await answering(502, '<html>')],
    [/has no schema cache/, await answering(200, '')],
    [/else than its schema cache/, await answering(200, '<html>')],
    [/else than its schema cache/, await answering(200, '{"tables":[]}')],
    [/^Its admin server: It cannot be reached/, await closedPort()],
    [/^Its admin server: It did not answer in time/, await hungInstance(t)],
  ];
  for (const [reason, adminUrl] of admins) {
    const env = { DATABASE_URL: sandbox.databaseUrl, POSTGREST_URLS: sandbox.postgrestUrl };
    const { app, ask } = await verify(t, { ...env, POSTGREST_ADMIN_URLS: adminUrl });
    const schemas = [{ schema: 'public', source: 'openapi', notReadFrom: [{ source: 'schema_cache', reason }] }];
    t.match(await ask(), { status: 200, consistent: true, source: 'openapi', schemas }, String(reason));
    const reload = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 20 } });
    t.match(reload.json(), { outcome: 'fresh' }, `${reason}, reloaded`);
  }
});

/** As PostgREST 16.2 without an anonymous role answers all requests without a token. */
const refusingApi = (t: Test) =>
  gatewayFor(t, undefined, (_, response) => {
    response.setHeader('server', 'postgrest/16.2');
    return reply(response, 401, {
      code: 'PGRST302',
      details: null,
      hint: null,
      message: 'Anonymous access is disabled',
    });
  });

t.test('where the API refuses us the admin server tells, if the schemas are known', async (t) => {
  const databaseUrl = await capturedDatabase(t);
  const admin = await gatewayFor(t, undefined, ({ url }, response) =>
    url === '/schema_cache' ? reply(response, 200, schemaCache) : reply(response, 200, ''),
  );
  const env = { DATABASE_URL: databaseUrl, POSTGREST_URLS: await refusingApi(t), POSTGREST_ADMIN_URLS: admin };
  const consistent = {
    status: 200,
    consistent: true,
    version: '16.2',
    source: 'schema_cache',
    schemas: [{ schema: 'public', source: 'schema_cache', notReadFrom: [] }],
  };
  const refusal = /its API answers, which refuses us: .*PGRST302 .*set POSTGREST_JWT/;

  const configured = await verify(t, { ...env, PGRST_DB_SCHEMAS: 'public' });
  const byOurs = await configured.ask();
  t.match(byOurs, { ...consistent, schemasFrom: 'setting' });
  t.match(byOurs.doesNotCover.at(-1), refusal);

  const { ask, app } = await verify(t, env);
  const unknown = { code: 'unauthorized', detail: /PGRST302 .*set POSTGREST_JWT\. PGRST_DB_SCHEMAS has to name/ };
  t.match(await ask(), { status: 503, error: unknown });

  const database = await connect(t, databaseUrl);
  await database.query(`
    alter role authenticator login password 'authenticator';
    alter role authenticator in database captured set pgrst.db_schemas = 'public'`);
  t.match(await ask(), { status: 503, error: unknown }, 'whose settings count is not known');
  const listening = new URL(databaseUrl);
  listening.username = listening.password = 'authenticator';
  const listener = await connect(t, listening.href);
  await listener.query(`set application_name = 'PostgREST 16.2'`);
  await listener.query('listen "pgrst"');
  const byDatabase = await ask();
  t.match(byDatabase, { ...consistent, schemasFrom: 'database' });
  t.match(byDatabase.doesNotCover.at(-1), refusal);
  const reload = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 20 } });
  t.match({ status: reload.statusCode, ...reload.json() }, { status: 200, outcome: 'fresh' });

  await database.query(`
    do $$ begin for number in 1..35 loop execute format('create table wide_%s (%s)', number,
      (select string_agg(format('c%s int', part), ', ') from generate_series(1, 100) part)); end loop; end $$`);
  const ofLarge = await verify(t, env);
  const object = await ofLarge.app.inject('/schema/verify?object=public.organizations');
  t.match(object.json(), { consistent: true, instances: [consistentIn(byDatabase)] }, 'one object of a large schema');
  await database.query(
    'do $$ begin for number in 1..35 loop execute format($f$drop table wide_%s$f$, number); end loop; end $$',
  );

  await database.query('alter table organizations add column extra text');
  t.match(await ask(), { status: 200, drift: [{ kind: 'missing_column', object: 'public.organizations.extra' }] });
});

/** As much of a verification as does not depend on what else there is. */
function consistentIn({ version, source, schemas, schemasFrom }: Record<string, unknown>) {
  return { version, source, coverage: { schemas, schemasFrom }, drift: [] };
}

t.test('an admin server that tells makes no instance serve', async (t) => {
  const databaseUrl = await capturedDatabase(t);
  const admin = await gatewayFor(t, undefined, (_, response) => reply(response, 200, schemaCache));
  const apis: [code: string, url: string][] = [
    ['unreachable', await closedPort()],
    ['unexpected_answer', await gatewayFor(t, undefined, (_, response) => reply(response, 502, 'Bad Gateway'))],
    ['no_schema_cache', await gatewayFor(t, undefined, (_, response) => reply(response, 503, { code: 'PGRST002' }))],
    ['timeout', await hungInstance(t)],
  ];
  for (const [code, url] of apis) {
    const env = { DATABASE_URL: databaseUrl, POSTGREST_URLS: url, POSTGREST_ADMIN_URLS: admin };
    for (const more of [{}, { PGRST_DB_SCHEMAS: 'public' }]) {
      const { ask } = await verify(t, { ...env, ...more });
      t.match(await ask(), { status: 503, error: { code } }, `${code} ${JSON.stringify(more)}`);
    }
  }
});

t.test('health fails where the API does not serve, and warns where only the admin server does not', async (t) => {
  const sandbox = await databaseFor(t);
  const instanceOf = async (postgrestUrl: string, adminUrl?: string) => {
    const app = await appOn(t, { ...sandbox, postgrestUrl }, { ...(adminUrl && { POSTGREST_ADMIN_URLS: adminUrl }) });
    return (await app.inject('/health')).json().checks.postgrest;
  };
  const { postgrestUrl, postgrestAdminUrl } = sandbox;
  t.match(await instanceOf(postgrestUrl, postgrestAdminUrl), [{ status: 'pass' }]);
  for (const adminUrl of [await closedPort(), await hungInstance(t)]) {
    t.match(await instanceOf(postgrestUrl, adminUrl), [{ status: 'warn', output: /^Its admin server: / }]);
  }
  const refusing = await refusingApi(t);
  t.match(await instanceOf(refusing, postgrestAdminUrl), [{ status: 'warn', output: /set POSTGREST_JWT/ }]);
  t.match(await instanceOf(refusing), [{ status: 'fail', output: /set POSTGREST_JWT/ }]);
  t.match(await instanceOf(refusing, await closedPort()), [{ status: 'fail', output: /set POSTGREST_JWT/ }]);
  t.match(await instanceOf(await closedPort(), postgrestAdminUrl), [{ status: 'fail', output: /cannot be reached/ }]);
});

t.test('whoever lets only documents through has its schemas from the settings', async (t) => {
  const sandbox = await sandboxFor(t);
  const url = await gatewayFor(t, sandbox.postgrestUrl, (request, response) =>
    isForDocument(request) || request.url !== '/pgrst_ops' ? false : reply(response, 403, 'Forbidden'),
  );
  const { ask } = await verify(t, { DATABASE_URL: sandbox.databaseUrl, POSTGREST_URLS: url });
  t.match(await ask(), {
    status: 503,
    error: { code: 'unauthorized', detail: /status 403, Forbidden; .*PGRST_DB_SCHEMAS/ },
  });
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`alter role authenticator set pgrst.db_schemas = 'public'`);
  t.match(await ask(), { status: 200, consistent: true, source: 'openapi', schemasFrom: 'database' });
});
