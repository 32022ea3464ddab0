import t from 'tap';
import { type Scope, scopes } from '../../src/tokens.js';
import { appWith } from '../helper.js';

// Nothing listens there: whoever gets past the tokens meets a database that cannot be used.
const env = {
  DATABASE_URL: 'postgres://127.0.0.1:1/x',
  POSTGREST_URLS: 'http://127.0.0.1:1',
  API_TOKENS: 'monitor:read:token-that-reads,ci:reload:token-that-reloads,admin:manage:token-that-manages',
};
const tokenWith: Record<Scope, string> = {
  read: 'token-that-reads',
  reload: 'token-that-reloads',
  manage: 'token-that-manages',
};
// Without a database; a diagnosis wants a body first, and the history none.
const statuses: Record<string, number> = { '/schema/diagnose': 400, '/schema/reloads': 200 };
const pastTheTokens = (url: string) => statuses[url] ?? 503;

type Method = 'GET' | 'POST';
const guarded: [Method, string, Scope][] = [
  ['GET', '/schema/verify', 'read'],
  ['GET', '/schema/instances', 'read'],
  ['GET', '/schema/reloads', 'read'],
  ['POST', '/schema/diagnose', 'read'],
  ['POST', '/schema/reload', 'reload'],
  ['GET', '/trigger/status', 'read'],
  ['POST', '/trigger/install', 'manage'],
  ['POST', '/trigger/uninstall', 'manage'],
  ['POST', '/trigger/enable', 'manage'],
  ['POST', '/trigger/disable', 'manage'],
];
const isWell = '/health?exclude=database,postgrest,listeners,trigger,drift';
const open = [isWell, '/health/live', '/openapi.json', '/openapi.yaml', '/docs'];

const app = await appWith(t, env);
let callers = 0;

/** A function that asks the service for a status with a token, from an address that nobody else has. */
function newCaller() {
  const ownAddress = `192.0.2.${++callers}`;
  return (method: Method, url: string, token?: string, remoteAddress = ownAddress) =>
    app.inject({
      method,
      url,
      remoteAddress,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
}

for (const [method, url, needed] of guarded) {
  t.test(`${method} ${url} needs a token with the scope ${needed}`, async (t) => {
    const ask = newCaller();
    for (const token of [undefined, 'wrong', `${tokenWith.manage}x`, '']) {
      const response = await ask(method, url, token);
      t.equal(response.statusCode, 401, `with ${token}`);
      t.match(response.headers['www-authenticate'], /^Bearer realm="/);
      t.match(response.json(), { status: 401, code: 'unauthorized' });
    }
    for (const scope of scopes) {
      const response = await ask(method, url, tokenWith[scope]);
      if (scopes.indexOf(scope) >= scopes.indexOf(needed)) {
        t.equal(response.statusCode, pastTheTokens(url), `${scope} is enough`);
      } else {
        t.equal(response.statusCode, 403, `${scope} is not enough`);
        t.match(response.json(), { code: 'insufficient_scope', detail: new RegExp(`\\b${needed}\\b.*\\b${scope}\\b`) });
      }
    }
  });
}

t.test('these are all the operations behind tokens, and the document marks them so', async (t) => {
  await app.ready();
  const paths = app.swagger().paths as Record<string, Record<string, { security?: unknown }>>;
  const marked = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security }]) => security !== undefined)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  t.strictSame(marked.sort(), guarded.map(([method, path]) => `${method} ${path}`).sort());
});

t.test('public routes take no token, and mind no wrong one', async (t) => {
  const ask = newCaller();
  for (const url of open) {
    t.equal((await ask('GET', url)).statusCode, 200, url);
    t.equal((await ask('GET', url, 'wrong')).statusCode, 200, `${url} with a wrong token`);
  }
});

t.test('the checks behind /health are for callers with the read scope', async (t) => {
  const ask = newCaller();
  t.strictSame((await ask('GET', '/health')).json(), { status: 'fail' });
  t.strictSame((await ask('GET', '/health', 'wrong')).json(), { status: 'fail' });
  t.match((await ask('GET', '/health', tokenWith.read)).json(), { status: 'fail', checks: { database: Array } });
});

t.test('a token counts only as Authorization: Bearer, in any case', async (t) => {
  const status = async (url: string, headers: Record<string, string>) =>
    (await app.inject({ url, headers })).statusCode;
  const token = tokenWith.read;
  t.equal(await status('/trigger/status', { authorization: `bearer ${token}` }), pastTheTokens('/trigger/status'));
  t.equal(await status('/trigger/status', { authorization: token }), 401);
  t.equal(await status('/trigger/status', { authorization: `Basic ${token}` }), 401);
  t.equal(await status('/trigger/status', { authorization: `Bearer ${token} ${token}` }), 401);
  t.equal(await status('/trigger/status', { apikey: token }), 401);
  t.equal(await status(`/trigger/status?token=${token}`, {}), 401);
});

t.test('an address with 20 failures a minute has to wait, but is not locked out', async (t) => {
  const ask = newCaller();
  for (let failure = 1; failure <= 20; failure++) {
    const { statusCode } = await ask('GET', '/trigger/status', failure % 2 === 0 ? 'wrong' : undefined);
    t.equal(statusCode, 401, `failure ${failure}`);
  }
  const refused = await ask('POST', '/schema/reload', 'wrong');
  t.equal(refused.statusCode, 429);
  t.match(refused.json(), { status: 429, code: 'too_many_requests' });
  const seconds = Number(refused.headers['retry-after']);
  t.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);

  t.equal(
    (await ask('GET', '/trigger/status', tokenWith.read)).statusCode,
    pastTheTokens('/trigger/status'),
    'a valid token works',
  );
  t.equal((await ask('GET', '/trigger/status')).statusCode, 429, 'and forgives nothing');
  t.equal((await ask('GET', '/trigger/status', 'wrong', '10.0.0.2')).statusCode, 401, 'other addresses are not meant');
  for (const url of open) t.equal((await ask('GET', url, 'wrong')).statusCode, 200, `${url} is not meant`);
});

t.test('a token without the scope is no failed attempt', async (t) => {
  const ask = newCaller();
  for (let i = 0; i < 25; i++) await ask('POST', '/trigger/install', tokenWith.read);
  t.equal((await ask('POST', '/trigger/install', tokenWith.read)).statusCode, 403);
});
