import t from 'tap';
import { appWith } from '../helper.js';

const env = { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' };
const tokens = { API_TOKENS: 'admin:manage:0123456789abcdef' };
// Answers 200 without a database, to whoever may manage.
const plan = { method: 'POST', url: '/trigger/install?dryRun=true' } as const;

const own: Record<string, string>[] = [
  { host: 'localhost' },
  { host: 'localhost:8080' },
  { host: 'LOCALHOST:8080' },
  { host: '127.0.0.1:8080' },
  { host: '127.1.2.3' },
  { host: '[::1]:8080' },
  { host: 'localhost:8080', origin: 'http://localhost:3000' },
  { host: 'localhost:8080', origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' },
  { host: 'localhost:8080', 'sec-fetch-site': 'none' },
];
const foreign: Record<string, string>[] = [
  { host: 'rebound.example' },
  { host: 'rebound.example:8080', origin: 'http://rebound.example:8080', 'sec-fetch-site': 'same-origin' },
  { host: 'localhost.example' },
  { host: '127.0.0.1.example' },
  { host: '10.0.0.1' },
  { host: '[fe80::1]' },
  { host: 'localhost', origin: 'https://page.example' },
  { host: 'localhost', origin: 'http://localhost.example' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  { host: 'localhost', origin: 'http://[::1]:8080', 'sec-fetch-site': 'cross-site' },
];

t.test('without tokens, this machine is served', async (t) => {
  const app = await appWith(t, env);
  for (const headers of own) t.equal((await app.inject({ ...plan, headers })).statusCode, 200, JSON.stringify(headers));
});

t.test('without tokens, other hosts and origins are refused, whatever they ask for', async (t) => {
  const app = await appWith(t, env);
  for (const headers of foreign) {
    for (const asked of [plan, { url: '/health' }, { url: '/openapi.json' }, { url: '/nothing' }]) {
      const response = await app.inject({ ...asked, headers });
      t.equal(response.statusCode, 403, `${asked.url} ${JSON.stringify(headers)}`);
      t.match(response.json(), { status: 403, code: 'foreign_origin', detail: /API_TOKENS/ });
    }
  }
});

t.test('with tokens, they decide and not the host', async (t) => {
  const app = await appWith(t, { ...env, ...tokens });
  for (const headers of foreign) {
    const withToken = { ...headers, authorization: 'Bearer 0123456789abcdef' };
    t.equal((await app.inject({ ...plan, headers: withToken })).statusCode, 200, JSON.stringify(headers));
    t.equal((await app.inject({ ...plan, headers })).statusCode, 401, `${JSON.stringify(headers)}, but no token`);
  }
});
