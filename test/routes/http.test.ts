import type { FastifyInstance, InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { type Document, operationsOf, readDocument, validatorOf } from '../client/document.js';
import { appOn, appWith, connect, post, until } from '../helper.js';
import { databaseFor } from '../support/database.js';

const offline = { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' };
const tokens = { API_TOKENS: 'monitor:read:token-that-reads,admin:manage:token-that-manages' };
const reading = { authorization: 'Bearer token-that-reads' };
const managing = { authorization: 'Bearer token-that-manages' };
const json = { 'content-type': 'application/json' };

/** Asserts that an answer of `operation`, as `GET /health`, is one that the document has. Returns its status. */
async function askAsDocumented(t: Test, app: FastifyInstance, operation: string, request: InjectOptions) {
  const { document, validate } = await documentOf(app);
  const [method = '', path = ''] = operation.split(' ');
  const response = await app.inject({ method: method as 'GET', url: path, ...request });
  const { statusCode } = response;
  const mediaType = String(response.headers['content-type']).split(';')[0] ?? '';
  const content = document.paths[path]?.[method.toLowerCase()]?.responses[statusCode]?.content ?? {};
  const answer = `${statusCode} ${mediaType} ${response.payload.slice(0, 200)}`;
  if (mediaType in content) {
    const place = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(statusCode),
      'content',
      mediaType,
      'schema',
    ];
    const body = /\bjson$/.test(mediaType) ? response.json() : response.payload;
    t.equal(validate(body, place), undefined, `as documented: ${answer}`);
  } else t.fail(`not in the document: ${answer}`);
  return statusCode;
}

interface Documented {
  document: Document;
  validate: ReturnType<typeof validatorOf>;
}

const documents = new WeakMap<FastifyInstance, Promise<Documented>>();
function documentOf(app: FastifyInstance): Promise<Documented> {
  const read = async () => {
    const document = await readDocument(app);
    return { document, validate: validatorOf(document) };
  };
  const documented = documents.get(app) ?? read();
  documents.set(app, documented);
  return documented;
}

// What any caller can do to any operation.
const provocations: Record<string, (method: string, path: string) => InjectOptions> = {
  'no token': () => ({}),
  'a wrong token': () => ({ headers: { authorization: 'Bearer wrong' } }),
  'a token that reads': () => ({ headers: reading }),
  'a token that manages': () => ({ headers: managing }),
  'a query that nobody knows': (_method, path) => ({ headers: managing, query: { nonsense: path } }),
  'a URL that is too long': () => ({ headers: managing, query: { nonsense: 'x'.repeat(5_000) } }),
  'a body that is no JSON': (method) => ({
    headers: { ...managing, ...json },
    ...(method === 'POST' && { payload: '{' }),
  }),
  'an empty JSON body': (method) => ({ headers: { ...managing, ...json }, ...(method === 'POST' && { payload: '' }) }),
  'a body with fields that nobody knows': (method) => ({
    headers: managing,
    ...(method === 'POST' && { payload: { nonsense: true } }),
  }),
  'a form': (method) => ({
    headers: { ...managing, 'content-type': 'application/x-www-form-urlencoded' },
    ...(method === 'POST' && { payload: 'nonsense=true' }),
  }),
  'a body that is too large': (method) => ({
    headers: managing,
    ...(method === 'POST' && { payload: { reason: 'x'.repeat(20_000) } }),
  }),
};

t.test('whatever a caller does, the answer is documented', async (t) => {
  const app = await appWith(t, { ...offline, ...tokens });
  const withoutTokens = await appWith(t, offline);
  for (const [index, { method, path }] of operationsOf((await documentOf(app)).document).entries()) {
    t.test(`${method} ${path}`, async (t) => {
      // After 20 failed attempts an address has to wait.
      const remoteAddress = `192.0.2.${index}`;
      for (const [what, request] of Object.entries(provocations)) {
        t.test(what, async (t) => {
          await askAsDocumented(t, app, `${method} ${path}`, { remoteAddress, ...request(method, path) });
        });
      }
      t.test('a foreign page, without tokens', async (t) => {
        const headers = { origin: 'https://page.example' };
        const status = await askAsDocumented(t, withoutTokens, `${method} ${path}`, { headers });
        t.equal(status, 403);
      });
    });
  }
});

t.test('too many failed attempts are documented', async (t) => {
  const app = await appWith(t, { ...offline, ...tokens });
  const guarded = operationsOf((await documentOf(app)).document).filter(
    ({ operation }) => operation.security !== undefined,
  );
  for (let i = 0; i < 20; i++) await app.inject('/trigger/status');
  for (const { method, path } of guarded) {
    t.equal(await askAsDocumented(t, app, `${method} ${path}`, {}), 429, `${method} ${path}`);
  }
});

t.test('what a real PostgreSQL and a real PostgREST lead to is documented', async (t) => {
  const sandbox = await databaseFor(t);
  const superuser = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const service = (env: Record<string, string>) => appOn(t, sandbox, env);
  const as = (role: string) => sandbox.databaseUrl.replace(/\/\/[^@]*@/, `//${role}:${role}@`);
  const on = async (t: Test, asked: FastifyInstance, operation: string, request: InjectOptions, expected: number) =>
    t.equal(await askAsDocumented(t, asked, operation, request), expected, `${operation} ${JSON.stringify(request)}`);

  t.test('health', async (t) => {
    // On a busy machine a check may run out of its second.
    const onceWell = async (operation: string) => {
      let status = 0;
      await until(`${operation} answers 200`, async () => {
        status = await askAsDocumented(t, app, operation, {});
        return status === 200;
      });
      t.equal(status, 200, operation);
    };
    await on(t, app, 'GET /health/live', {}, 200);
    await onceWell('GET /health/ready');
    await onceWell('GET /health');
    await on(t, app, 'GET /health', { query: { strict: 'true' } }, 503);
    const away = await appWith(t, offline);
    await on(t, away, 'GET /health/ready', {}, 503);
    await on(t, away, 'GET /health', {}, 503);
  });

  t.test('the trigger', async (t) => {
    await on(t, app, 'GET /trigger/status', {}, 200);
    await on(t, app, 'POST /trigger/enable', {}, 200);
    await on(t, app, 'POST /trigger/install', { query: { dryRun: 'true' } }, 200);
    await on(t, app, 'POST /trigger/install', {}, 201);
    await on(t, app, 'POST /trigger/install', {}, 200);
    await on(t, app, 'POST /trigger/disable', {}, 200);
    await on(t, app, 'POST /trigger/install', {}, 200);
    await on(t, app, 'POST /trigger/enable', {}, 200);
    await on(t, app, 'GET /trigger/status', {}, 200);
    const humble = await service({ DATABASE_URL: as('authenticator') });
    await on(t, humble, 'POST /trigger/disable', {}, 403);
    await on(t, humble, 'POST /trigger/uninstall', {}, 403);
    await on(t, app, 'POST /trigger/uninstall', {}, 200);
    await on(t, humble, 'POST /trigger/install', {}, 403);
  });

  t.test('verify and reload', async (t) => {
    await on(t, app, 'GET /schema/verify', {}, 200);
    await on(t, app, 'GET /schema/verify', { query: { object: 'public.organizations.name' } }, 200);
    await on(t, app, 'GET /schema/verify', { query: { object: 'public.nothing' } }, 422);
    await on(t, app, 'GET /schema/verify', { query: { schema: 'nothing' } }, 422);
    await on(t, app, 'GET /schema/verify', { query: { instance: 'http://nowhere' } }, 422);
    await on(t, app, 'POST /schema/reload', {}, 200);

    await superuser.query('alter table organizations add column created_by text');
    const row = { name: 'x', created_by: 'y' };
    await until(
      'PostgREST is stale',
      async () => (await post(`${sandbox.postgrestUrl}/organizations`, row)).code === 'PGRST204',
    );
    await on(t, app, 'GET /schema/verify', {}, 200);
    await on(t, app, 'GET /schema/verify', { query: { failOnDrift: 'true' } }, 409);
    await on(t, app, 'POST /schema/reload', { payload: { wait: 0.001 } }, 504);
    await on(t, app, 'POST /schema/reload', { payload: { wait: 0 } }, 202);

    await on(t, await service({ PGRST_DB_CHANNEL: 'nobody' }), 'POST /schema/reload', {}, 409);
    const blind = await service({ POSTGREST_URLS: 'http://127.0.0.1:1' });
    await on(t, blind, 'GET /schema/verify', {}, 503);
    const wrongPassword = await service({ DATABASE_URL: as('nobody') });
    await on(t, wrongPassword, 'GET /schema/verify', {}, 503);
    await on(t, wrongPassword, 'POST /schema/reload', {}, 503);
  });
});
