import type { ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { type Answering, gatewayFor, isForDocument, reply } from '../gateway.js';
import { appOn, connect, sandboxFor } from '../helper.js';
import { databaseFor } from '../support/database.js';
import { verifierOn } from './verifier.js';

type Where = Pick<Sandbox, 'databaseUrl' | 'postgrestUrl'>;

/** What a new verification of the only instance says. */
async function verified(t: Test, where: Where, env: Record<string, string> = {}) {
  const app = await appOn(t, where, env);
  const headers = { 'cache-control': 'no-cache' };
  const verify = async () => {
    const answer = await app.inject({ url: '/schema/verify', headers });
    const [{ coverage, drift, ...instance }] = answer.json().instances;
    const found = drift.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`);
    return { status: answer.statusCode, ...instance, ...coverage, drift: found };
  };
  const reload = async () => {
    const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 20 } });
    return { status: answer.statusCode, ...answer.json() };
  };
  return { verify, reload };
}

const byProbe = (schema: string, reason: RegExp) => ({
  schema,
  source: 'probe',
  notReadFrom: [{ source: 'openapi', reason }],
});

t.test('an instance that refuses its document is read by names', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create function check_request() returns void language plpgsql as $$ begin
      raise sqlstate 'PT401' using message = 'no key';
    end $$;
    create function as_root() returns json language sql as $$ select '{"swagger":"2.0"}'::json $$`);
  const settings: [config: Record<string, string>, reason: RegExp][] = [
    [{ PGRST_DB_PRE_REQUEST: 'public.check_request' }, /status 401, PT401 no key; perhaps its db-pre-request/],
    [{ PGRST_DB_PRE_REQUEST: 'public.nowhere' }, /status 404, 42883 .*nowhere.*; perhaps its db-pre-request/],
    [{ PGRST_DB_ROOT_SPEC: 'as_root' }, /PGRST107 .*db-root-spec/],
    [{ PGRST_DB_ROOT_SPEC: 'nowhere' }, /PGRST202 .*db-root-spec/],
    [{ PGRST_DB_ANON_ROLE: 'nobody' }, /22023 role "nobody" does not exist; /],
    [{ PGRST_OPENAPI_MODE: 'disabled' }, /openapi-mode is disabled/],
  ];
  for (const [config, reason] of settings) {
    await t.test(JSON.stringify(config), async (t) => {
      const { url, pid } = await sandbox.addPostgrest(config);
      const { verify, reload } = await verified(t, { ...sandbox, postgrestUrl: url });
      const consistent = { status: 200, consistent: true, source: 'probe', schemas: [byProbe('public', reason)] };
      t.match(await verify(), consistent);
      await database.query('create table late (id int)');
      t.match(await verify(), { status: 200, drift: ['missing_relation public.late'] });
      t.match(await reload(), { status: 200, outcome: 'fresh' });
      t.match(await verify(), { ...consistent, drift: [] });
      t.match(await reload(), { status: 200, outcome: 'fresh' }, 'also without a change');
      await database.query(`drop table late; notify pgrst, 'reload schema'`);
      process.kill(pid);
    });
  }
});

const noSuchSchema = { code: '3F000', details: null, hint: null, message: 'schema "api" does not exist' };

t.test('a schema whose document cannot be read is read by names, the others by their documents', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create schema "Api"; create table "Api".w (id int primary key);
    create table "Api".u (id int primary key, w_id int references "Api".w, more_id int); create schema empty; grant usage on schema "Api", empty to anon; grant all on all tables in schema "Api" to anon`);
  const { url: behind } = await sandbox.addPostgrest({ PGRST_DB_SCHEMAS: 'public,Api,empty' });
  const postgrestUrl = await gatewayFor(t, behind, (request, response) =>
    isForDocument(request, 'Api') ? reply(response, 400, noSuchSchema) : false,
  );
  const { verify, reload } = await verified(t, { ...sandbox, postgrestUrl });
  const schemas = [
    { schema: 'public', source: 'openapi', notReadFrom: [] },
    byProbe('Api', /status 400, 3F000 schema "api" does not exist; from 13 on PostgREST cannot .* capital letter/),
    { schema: 'empty', source: 'openapi', notReadFrom: [] },
  ];
  t.match(await verify(), { status: 200, consistent: true, source: 'openapi', schemasFrom: 'instance', schemas });
  await database.query(`
    alter table "Api".u add column more int, add foreign key (more_id) references "Api".w;
    alter table projects alter column title set default 'none';
    create function "Api".f() returns int language sql return 1`);
  t.match(await verify(), {
    drift: [
      'missing_function "Api".f()',
      'missing_column "Api".u.more',
      'missing_relationship "Api".u.more_id',
      'changed_column public.projects.title',
    ],
  });
  t.match(await reload(), { status: 200, outcome: 'fresh' });
  t.match(await verify(), { consistent: true, schemas });
});

/** Sends spaces for as long as somebody takes them. */
function pour(response: ServerResponse): void {
  const piece = Buffer.alloc(1024 * 1024, ' ');
  const write = () => void (response.destroyed || response.write(piece, write));
  write();
}

t.test('a document that says nothing leaves the instance to the next source', async (t) => {
  const sandbox = await databaseFor(t);
  const page = '<html>Forbidden</html>';
  const answers: [name: string, reason: RegExp, answer: (...asked: Parameters<Answering>) => unknown][] = [
    ['broken off', /is no JSON/, (_, response) => reply(response, 200, '{"swagger":"2.0","info":{"vers')],
    ['of somebody else', /else than its OpenAPI/, (_, response) => reply(response, 200, { hello: 1 })],
    [
      'of another API',
      /else than its OpenAPI/,
      (_, response) => reply(response, 200, { swagger: '2.0', info: { version: '1.0.0' }, definitions: {} }),
    ],
    ['401', /status 401, <html>.*POSTGREST_JWT or POSTGREST_API_KEY/, (_, response) => reply(response, 401, page)],
    ['403', /status 403, 42501 .*grant/, (_, response) => reply(response, 403, { code: '42501', message: 'no' })],
    ['404', /status 404, <html>/, (_, response) => reply(response, 404, page)],
    ['406', /status 406/, (_, response) => reply(response, 406, '')],
    ['500', /status 500, 57014; the statement_timeout/, (_, response) => reply(response, 500, { code: '57014' })],
    ['502', /status 502, <html>/, (_, response) => reply(response, 502, page)],
    ['reset', /cannot be reached/, (_, response) => response.destroy()],
    // On a busy machine its time is over before.
    ['endless', /larger than 128 MB|takes too long to make/, (_, response) => pour(response)],
    ['redirected', /status 302/, (_, response) => reply(response, 302, '')],
  ];
  for (const [name, reason, answer] of answers) {
    const postgrestUrl = await gatewayFor(t, sandbox.postgrestUrl, (request, response) => {
      if (!isForDocument(request)) return false;
      answer(request, response);
      return true;
    });
    const { verify } = await verified(t, { ...sandbox, postgrestUrl });
    t.match(await verify(), { status: 200, consistent: true, schemas: [byProbe('public', reason)] }, name);
  }
});

t.test('an instance that keeps its schemas to itself is read if they are known', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  // As 16 with client-error-verbosity = minimal, which leaves out hints.
  const minimal = { code: 'PGRST106', message: 'Invalid schema: pgrst-ops-asks-which-schemas-are-exposed' };
  const postgrestUrl = await gatewayFor(t, sandbox.postgrestUrl, (request, response) =>
    request.url === '/pgrst_ops' && request.method === 'GET' ? reply(response, 406, minimal) : false,
  );
  const where = { ...sandbox, postgrestUrl };
  const { verify, reload } = await verified(t, where);
  const detail = /does not tell .*client-error-verbosity.*PGRST_DB_SCHEMAS has to name/;
  t.match(await verify(), { status: 503, error: { code: 'not_covered', detail } });
  const app = await appOn(t, where);
  t.match((await app.inject('/health')).json(), { checks: { postgrest: [{ status: 'pass' }] } }, 'it serves');
  const configured = await verified(t, where, { PGRST_DB_SCHEMAS: 'public' });
  t.match(await configured.verify(), { status: 200, consistent: true, source: 'openapi', schemasFrom: 'setting' });
  await database.query(`alter role authenticator set pgrst.db_schemas = 'public'`);
  t.match(await verify(), { status: 200, consistent: true, source: 'openapi', schemasFrom: 'database' });
  await database.query('create table late (id int)');
  t.match(await verify(), { drift: ['missing_relation public.late'] });
  t.match(await reload(), { status: 200, outcome: 'fresh' });
});

t.test('a schema that is not exposed is an error, of whatever source', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create schema hidden');
  for (const mode of ['follow-privileges', 'disabled']) {
    const { url } = await sandbox.addPostgrest({ PGRST_OPENAPI_MODE: mode });
    const where = { ...sandbox, postgrestUrl: url };
    const { verify } = await verified(t, where, { PGRST_DB_SCHEMAS: 'public,hidden' });
    const error = { code: 'schema_not_exposed', detail: 'It does not expose schema hidden.' };
    t.match(await verify(), { status: 503, error }, mode);
  }
});

t.test('a document that does not come leaves time for the next source', async (t) => {
  const sandbox = await databaseFor(t);
  const pool = createPool(sandbox.databaseUrl, 2);
  t.teardown(() => pool.end());
  const url = await gatewayFor(t, sandbox.postgrestUrl, (request) => isForDocument(request));
  const { reports } = await verifierOn(pool, createPostgrestClient({}), [{ url }], 'anon').look(6_000);
  t.match(reports, [{ findings: [], coverage: { schemas: [byProbe('public', /too long/)] } }]);
});

t.test('an instance that serves nobody is an error, whatever its document says', async (t) => {
  const sandbox = await databaseFor(t);
  const page = '<html>Bad Gateway</html>';
  const answers: [code: string, detail: RegExp, status: number, body: string | object][] = [
    ['unexpected_answer', /status 502, <html>Bad Gateway/, 502, page],
    ['unexpected_answer', /status 503, <html>Bad Gateway/, 503, page],
    ['unexpected_answer', /status 404, <html>Bad Gateway/, 404, page],
    ['unauthorized', /status 403, <html>Bad Gateway/, 403, page],
    ['no_schema_cache', /no schema cache/, 503, { code: 'PGRST002', message: 'no' }],
    ['database_unreachable', /its database/, 503, { code: 'PGRST001', message: 'no' }],
  ];
  for (const [code, detail, status, body] of answers) {
    const postgrestUrl = await gatewayFor(t, undefined, (_, response) => reply(response, status, body));
    for (const env of [{}, { PGRST_DB_SCHEMAS: 'empty' }]) {
      const { verify } = await verified(t, { ...sandbox, postgrestUrl }, env);
      t.match(await verify(), { status: 503, error: { code, detail } }, `${status} ${JSON.stringify(env)}`);
    }
  }
});

t.test('what something refuses to be asked is not covered, and what nobody tells is an error', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create table "drop table" (id int)');
  const { url: behind } = await sandbox.addPostgrest({ PGRST_OPENAPI_MODE: 'ignore-privileges' });
  const refusing = (isRefused: (...asked: Parameters<typeof isForDocument>) => boolean) =>
    gatewayFor(t, behind, (request, response) =>
      isRefused(request) ? reply(response, 405, 'Not allowed here') : false,
    );
  const isPost = ({ method }: { method?: string | undefined }) => method === 'POST';

  const readOnly = await verified(t, { ...sandbox, postgrestUrl: await refusing(isPost) });
  await database.query('create function twice(a int) returns int language sql return a');
  t.match(await readOnly.verify(), { status: 200, source: 'openapi', drift: [] });
  const { doesNotCover } = await readOnly.verify();
  t.match(doesNotCover.at(-1), /refuses the question: .*public\.twice\(a integer\).*status 405, Not allowed here/);

  const suspicious = await refusing((request) => isForDocument(request) || request.url?.includes('drop') === true);
  const careful = await verified(t, { ...sandbox, postgrestUrl: suspicious });
  const seen = await careful.verify();
  t.match(seen, { status: 200, source: 'probe', drift: ['missing_function public.twice(a integer)'] });
  t.match(seen.doesNotCover.at(-1), /refuses the question: public\."drop table"\. .*status 405/);

  let asked = 0;
  const leaving = await refusing((request) => isForDocument(request) || (request.url !== '/pgrst_ops' && asked++ > 3));
  const gone = await verified(t, { ...sandbox, postgrestUrl: leaving });
  t.match(await gone.verify(), { status: 503, error: { detail: /status 405/ } }, 'nobody is left behind it');

  const closed = await refusing((request) => isForDocument(request) || isPost(request));
  const unread = await verified(t, { ...sandbox, postgrestUrl: closed });
  t.match(await unread.verify(), { status: 503, error: { code: 'unexpected_answer', detail: /status 405/ } });
});
