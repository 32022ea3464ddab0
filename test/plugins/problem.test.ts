import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { InjectOptions } from 'fastify';
import pg from 'pg';
import t, { type Test } from 'tap';
import { appWith } from '../helper.js';

const env = { DATABASE_URL: 'postgres://ops:s3cr3t@127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const json = { 'content-type': 'application/json' };

/** Asserts that this is a whole application/problem+json, and returns it. */
function assertProblem(t: Test, contentType: unknown, body: string, status: number, code: string) {
  t.match(contentType, /^application\/problem\+json\b/);
  const problem = JSON.parse(body);
  t.match(problem, { status, code, type: `urn:pgrst-ops:problem:${code.replaceAll('_', '-')}`, requestId: uuid });
  t.match(problem, { title: /\S/, detail: /\S/ });
  return problem;
}

const errors: Record<string, [InjectOptions, number, string]> = {
  'a field that is not valid': [{ url: '/health?strict=maybe' }, 400, 'invalid_request'],
  'a body that is no JSON': [
    { method: 'POST', url: '/schema/reload', headers: json, body: '{"wait":' },
    400,
    'invalid_request',
  ],
  'a JSON body that is empty': [
    { method: 'POST', url: '/schema/reload', headers: json, body: '' },
    400,
    'invalid_request',
  ],
  'a prototype in the body': [
    { method: 'POST', url: '/schema/reload', headers: json, body: '{"__proto__":{"wait":1}}' },
    400,
    'invalid_request',
  ],
  'a path that cannot be decoded': [{ url: '/health/%E0%A4%A' }, 400, 'invalid_request'],
  'a path that nothing serves': [{ url: '/nothing' }, 404, 'not_found'],
  'a slash too much': [{ url: '/health/' }, 404, 'not_found'],
  'an asset that is not there': [{ url: '/docs/static/nothing.js' }, 404, 'not_found'],
  'a method that the path does not take': [{ method: 'DELETE', url: '/health' }, 405, 'method_not_allowed'],
  'a body of more than 16 KB': [
    { method: 'POST', url: '/schema/reload', headers: json, body: JSON.stringify({ reason: 'x'.repeat(20_000) }) },
    413,
    'payload_too_large',
  ],
  'a URL of more than 4 KB': [{ url: `/health?${'x'.repeat(5_000)}` }, 414, 'uri_too_long'],
  'such a URL that nothing serves': [{ url: `/${'x'.repeat(5_000)}` }, 414, 'uri_too_long'],
  'a form': [
    {
      method: 'POST',
      url: '/schema/reload',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'wait=1',
    },
    415,
    'unsupported_media_type',
  ],
  'plain text': [
    { method: 'POST', url: '/schema/reload', headers: { 'content-type': 'text/plain' }, body: '{}' },
    415,
    'unsupported_media_type',
  ],
  'a body without a type': [{ method: 'POST', url: '/schema/reload', body: '{}' }, 415, 'unsupported_media_type'],
  'a database that cannot be reached': [{ url: '/trigger/status' }, 503, 'database_unavailable'],
  'a reload without a database': [{ method: 'POST', url: '/schema/reload' }, 503, 'database_unavailable'],
  'a verification without a database': [{ url: '/schema/verify' }, 503, 'database_unavailable'],
};
const app = await appWith(t, env);
for (const [what, [request, status, code]] of Object.entries(errors)) {
  t.test(`${status} is a problem: ${what}`, async (t) => {
    const response = await app.inject(request);
    t.equal(response.statusCode, status);
    assertProblem(t, response.headers['content-type'], response.body, status, code);
    t.notMatch(response.body, /s3cr3t|postgres:\/\/|node_modules|\bat .*:\d+:\d+/);
    if (status === 503) t.match(response.headers['retry-after'], /^[1-9]\d*$/);
  });
}

t.test('405 says in Allow what each path takes', async (t) => {
  const served: Record<string, string[]> = {
    GET: [
      '/health',
      '/health/live',
      '/health/ready',
      '/schema/verify',
      '/trigger/status',
      '/openapi.json',
      '/openapi.yaml',
      '/docs',
    ],
    POST: ['/schema/reload', '/trigger/install', '/trigger/uninstall', '/trigger/enable', '/trigger/disable'],
  };
  for (const [method, urls] of Object.entries(served)) {
    const allowed = method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
    const others = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE', 'PROPFIND'];
    for (const url of urls) {
      for (const other of others.filter((name) => !allowed.includes(name))) {
        const response = await app.inject({ method: other as 'PUT', url: `${url}?x=1` });
        t.equal(response.statusCode, 405, `${other} ${url}`);
        t.equal(response.headers.allow, allowed.join(', '));
        if (other !== 'HEAD') t.match(response.json(), { code: 'method_not_allowed', status: 405 });
      }
    }
  }
});

const internal = `select s3cr3t from "our table" -- postgres://ops:s3cr3t@db.example/app`;
const defects: Record<string, unknown> = {
  'an error': new Error(internal),
  'an error of PostgreSQL about our SQL': Object.assign(new pg.DatabaseError(internal, 0, 'error'), {
    code: '42P01',
    detail: internal,
    where: internal,
  }),
  'an error with a status of its own': Object.assign(new Error(internal), { statusCode: 500, code: 'E_S3CR3T' }),
  'no error at all': internal,
};
for (const [what, thrown] of Object.entries(defects)) {
  t.test(`500 tells only where to look it up: ${what}`, async (t) => {
    const app = await appWith(t, env);
    app.get('/defect', async () => {
      throw thrown;
    });
    const response = await app.inject('/defect');
    t.equal(response.statusCode, 500);
    const problem = assertProblem(t, response.headers['content-type'], response.body, 500, 'internal_error');
    t.strictSame(Object.keys(problem).sort(), ['code', 'detail', 'requestId', 'status', 'title', 'type']);
    t.notMatch(response.body, /s3cr3t|our table|postgres:|test\.ts/i);
  });
}

t.test('an answer that is not as its schema has it is a problem too', async (t) => {
  const app = await appWith(t, env);
  const schema = { response: { 200: { type: 'object', required: ['promised'], properties: { promised: {} } } } };
  app.get('/defect', { schema }, async () => ({}));
  const response = await app.inject('/defect');
  assertProblem(t, response.headers['content-type'], response.body, 500, 'internal_error');
});

t.test('each request has an id of its own, whatever the caller sends', async (t) => {
  const ask = async () => (await app.inject({ url: '/nothing', headers: { 'request-id': 'mine' } })).json().requestId;
  const ids = [await ask(), await ask()];
  t.match(ids, [uuid, uuid]);
  t.not(ids[0], ids[1]);
});

const unreadable = {
  'what is no HTTP': ['nonsense\r\n\r\n', [400]],
  'a URL beyond what Node reads': [`GET /${'x'.repeat(30_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`, [414, 431]],
} as const;
for (const [what, [request, statuses]] of Object.entries(unreadable)) {
  t.test(`a problem, before there is a request: ${what}`, async (t) => {
    const app = await appWith(t, env);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(request);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    const status = Number(head.split(' ')[1]);
    t.ok(
      statuses.some((expected) => expected === status),
      `status ${status}`,
    );
    t.match(head, /^content-type: application\/problem\+json\b/im);
    t.match(JSON.parse(body), { type: /^urn:/, title: /\S/, status, detail: /\S/, code: /\S/, requestId: uuid });
  });
}
