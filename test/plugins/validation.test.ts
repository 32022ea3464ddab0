import type { InjectOptions } from 'fastify';
import t from 'tap';
import { appWith } from '../helper.js';

const env = { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' };
const app = await appWith(t, env);
const withBody = (url: string, payload: object): InjectOptions => ({ method: 'POST', url, payload });

// Each request, and every field that is to be named.
const refused: [InjectOptions, string[]][] = [
  [
    { url: '/health?strict=maybe&exclude=nothing&extra=1' },
    ['querystring.exclude', 'querystring.extra', 'querystring.strict'],
  ],
  [{ url: '/health?exclude=' }, ['querystring.exclude']],
  [
    { url: '/schema/verify?failOnDrift=maybe&schema=&object=&instance=&extra=1' },
    [
      'querystring.extra',
      'querystring.failOnDrift',
      'querystring.instance',
      'querystring.object',
      'querystring.schema',
    ],
  ],
  [{ url: '/schema/verify?schema=a&schema=b' }, ['querystring.schema']],
  [{ url: `/schema/verify?schema=${'x'.repeat(257)}` }, ['querystring.schema']],
  [{ url: '/schema/verify?failondrift=true' }, ['querystring.failondrift']],
  [{ method: 'POST', url: '/trigger/install?dryRun=1&extra=1' }, ['querystring.dryRun', 'querystring.extra']],
  [
    withBody('/schema/reload', { wait: -1, reason: 'x'.repeat(501), config: 'yes', extra: 1 }),
    ['body.config', 'body.extra', 'body.reason', 'body.wait'],
  ],
  [withBody('/schema/reload', { wait: 301 }), ['body.wait']],
  [withBody('/schema/reload', { wait: '5' }), ['body.wait']],
  [withBody('/schema/reload', { wait: null }), ['body.wait']],
  [withBody('/schema/reload', { constructor: 1 }), ['body.constructor']],
  [withBody('/schema/reload', []), ['body']],
  // What would be ignored might be what the caller meant: a dry run that is none changes the database.
  [{ method: 'POST', url: '/schema/reload?wait=0' }, ['querystring.wait']],
  [{ method: 'POST', url: '/trigger/uninstall?dryRun=true' }, ['querystring.dryRun']],
  [{ method: 'POST', url: '/trigger/enable?dryRun=true' }, ['querystring.dryRun']],
  [{ method: 'POST', url: '/trigger/disable?dryRun=true' }, ['querystring.dryRun']],
  [{ url: '/trigger/status?extra=1' }, ['querystring.extra']],
  [withBody('/trigger/install', { dryRun: true }), ['body.dryRun']],
  [withBody('/trigger/uninstall', { dryRun: true }), ['body.dryRun']],
];
for (const [request, fields] of refused) {
  const what = `${request.method ?? 'GET'} ${String(request.url).slice(0, 80)} ${JSON.stringify(request.payload ?? '').slice(0, 80)}`;
  t.test(`400 names each field: ${what}`, async (t) => {
    const response = await app.inject(request);
    t.equal(response.statusCode, 400);
    const { code, detail, errors } = response.json<{
      code: string;
      detail: string;
      errors?: { field: string; message: string }[];
    }>();
    t.equal(code, 'invalid_request');
    t.strictSame(errors?.map(({ field }) => field).sort(), fields);
    for (const { field, message } of errors ?? []) {
      t.match(message, /\S/);
      t.ok(detail.includes(field), `the detail names ${field}`);
    }
  });
}

// Accepted: they come as far as the database, which is not there.
const accepted: InjectOptions[] = [
  { url: '/schema/verify?failOnDrift=true&schema=public&object=public.a.b&instance=http%3A%2F%2F127.0.0.1%3A1' },
  { method: 'POST', url: '/schema/reload' },
  withBody('/schema/reload', {}),
  withBody('/schema/reload', { wait: 29.5, reason: 'a deploy', config: true }),
  { method: 'POST', url: '/trigger/install?dryRun=false' },
  withBody('/trigger/install', {}),
  withBody('/trigger/uninstall', {}),
];
for (const request of accepted) {
  t.test(`accepted: ${request.method ?? 'GET'} ${request.url} ${JSON.stringify(request.payload ?? '')}`, async (t) => {
    t.equal((await app.inject(request)).statusCode, 503);
  });
}
