import type { IncomingHttpHeaders } from 'node:http';
import t, { type Test } from 'tap';
import { redactorFor } from '../../src/postgrest/secrets.js';
import { gatewayFor, reply } from '../gateway.js';
import { appOn } from '../helper.js';
import { databaseFor } from '../support/database.js';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = encode({ role: 'service_role', iss: 'somebody' });
const signature = 'c2lnbmVkLWJ5LXNvbWVib2R5LXdoby1rbm93cw';
const jwt = `${encode({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`;
const apiKey = 'sb/secret/of+ours';
const env = { POSTGREST_JWT: jwt, POSTGREST_API_KEY: apiKey };

/** That not even the beginnings of what is sent along are in `told`, and that something was there. */
function isKept(t: Test, told: string, what: string) {
  const inPlain = told.replaceAll(/\\+\//g, '/').replaceAll('%2F', '/');
  for (const secret of [apiKey, jwt, payload, signature]) {
    const beginning = secret.slice(0, 10);
    t.notOk(inPlain.includes(beginning), `${what} has ${beginning}`);
  }
  t.match(inPlain, /\*\*\*/, `${what}: ${told}`);
}

const everywhere = ['/schema/verify', '/schema/instances', '/health'];

const echo = ({ authorization, apikey }: IncomingHttpHeaders) => `${authorization} and ${apikey}`;

const answers: [what: string, status: number, body: (headers: IncomingHttpHeaders) => string][] = [
  ['a 200 that echoes the headers', 200, ({ authorization, apikey }) => JSON.stringify({ authorization, apikey })],
  ['a 200 where we cut it', 200, (headers) => `${'x'.repeat(175)} ${echo(headers)}`],
  ['no schema cache', 503, (headers) => JSON.stringify({ code: 'PGRST002', message: echo(headers) })],
  ['no database', 503, (headers) => JSON.stringify({ code: 'PGRST001', message: echo(headers) })],
  [
    'an escaped secret in an error of PostgREST',
    503,
    (headers) => JSON.stringify({ code: 'PGRST002', message: echo(headers) }).replaceAll('/', '\\/'),
  ],
  ['an escaped secret', 403, (headers) => JSON.stringify({ error: echo(headers) }).replaceAll('/', '\\/')],
  ['a secret in a URL', 403, ({ apikey }) => `<a href="?key=${encodeURIComponent(String(apikey))}">`],
  ['parts of the token', 200, ({ authorization }) => String(authorization).split('.').slice(1).join(' and ')],
  ['a code', 200, ({ authorization }) => JSON.stringify({ code: authorization, message: 'no such key' })],
];

t.test('whatever an instance answers, nobody is told what we sent', async (t) => {
  const database = await databaseFor(t);
  for (const [what, status, body] of answers) {
    const postgrestUrl = await gatewayFor(t, undefined, ({ headers }, response) =>
      reply(response, status, body(headers)),
    );
    const app = await appOn(t, { ...database, postgrestUrl }, env);
    for (const url of everywhere) isKept(t, (await app.inject(url)).body, `${url}: ${what}`);
  }
});

t.test('nor in the evidence of diagnose', async (t) => {
  const database = await databaseFor(t);
  const postgrestUrl = await gatewayFor(t, database.postgrestUrl, (request, response) => {
    const { authorization, apikey } = request.headers;
    if (request.url === '/pgrst_ops') {
      // Its PostgREST takes no tokens.
      delete request.headers.authorization;
      return false;
    }
    const message = `Too many requests of ${apikey} with ${authorization}`;
    return reply(response, 429, { code: 'TOO_MANY', message });
  });
  const app = await appOn(t, { ...database, postgrestUrl }, env);
  const error = { code: 'PGRST205', message: `Could not find the table 'public.gone' in the schema cache` };
  const answer = await app.inject({ method: 'POST', url: '/schema/diagnose', payload: error });
  t.equal(answer.statusCode, 200);
  isKept(t, answer.body, 'diagnose');
});

t.test('what is no secret is told as it is', async (t) => {
  const text = 'a\\/b %2F &amp; \\u002f';
  t.equal(redactorFor({ jwt, apiKey })(text), text);
  t.equal(redactorFor({})(text), text);
  t.equal(redactorFor({ apiKey: 'a' })(text), text, 'a letter is no secret');
  t.equal(redactorFor({ jwt })(`${jwt}; \\u0065yJ${jwt.slice(3)}`), '***; ***.***.***');
  t.equal(redactorFor({ apiKey: 'a/b' })('a\\\\\\/b and a%252Fb, a&#x2f;b'), '*** and ***, ***');
});
