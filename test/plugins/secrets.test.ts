import { Writable } from 'node:stream';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { buildApp } from '../../src/app.js';
import { createServices } from '../../src/services.js';
import { readSettings } from '../../src/settings.js';

const secrets = {
  password: 'the-password-of-the-database',
  jwt: `e30.${Buffer.from('{"role":"anon"}').toString('base64url')}.the-signature`,
  apiKey: 'the-api-key',
  token: 'the-token-that-manages',
  wrongToken: 'a-token-that-somebody-tries',
};
const env = {
  DATABASE_URL: `postgres://ops:${secrets.password}@127.0.0.1:1/x`,
  POSTGREST_URLS: 'http://127.0.0.1:1',
  POSTGREST_JWT: secrets.jwt,
  POSTGREST_API_KEY: secrets.apiKey,
  API_TOKENS: `admin:manage:${secrets.token}`,
};

/** The service, and what it logs at every level. */
async function loggedService(t: Test, changed: Record<string, string> = {}) {
  const lines: string[] = [];
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const all = { ...env, ...changed };
  const settings = { ...readSettings(all), databaseUrl: all.DATABASE_URL };
  const logger = pino({ level: 'trace' }, log);
  const services = createServices(settings, logger);
  const app = await buildApp(settings, services, logger);
  t.teardown(() => app.close());
  return { app, services, lines };
}

const asked = [
  ['GET', '/health'],
  ['GET', '/health/ready'],
  ['GET', '/schema/verify'],
  ['POST', '/schema/reload'],
  ['GET', '/trigger/status'],
  ['POST', '/trigger/install'],
  ['POST', '/trigger/uninstall'],
  ['GET', '/openapi.json'],
  ['GET', '/nothing'],
  ['PUT', '/health'],
  ['GET', '/%zz'],
  ['GET', '/defect'],
] as const;

t.test('no secret is logged or answered, whatever fails', async (t) => {
  const { app, services, lines } = await loggedService(t);
  app.get('/defect', async () => {
    // What a programmer's mistake throws while it holds the settings: the driver's error, of this very connection.
    await services.pool.query('select 1');
  });
  const bodies: string[] = [];
  for (const [method, url] of asked) {
    for (const authorization of [undefined, `Bearer ${secrets.token}`, `Bearer ${secrets.wrongToken}`, secrets.token]) {
      const headers = authorization === undefined ? {} : { authorization };
      bodies.push((await app.inject({ method, url, headers })).payload);
    }
  }
  t.ok(lines.length >= bodies.length, 'every request is in the log');
  t.match(lines.join(''), /"url":"\/schema\/verify"/);
  for (const [name, secret] of Object.entries(secrets)) {
    t.notOk(
      lines.some((line) => line.includes(secret)),
      `the log has no ${name}`,
    );
    t.notOk(
      bodies.some((body) => body.includes(secret)),
      `no body has the ${name}`,
    );
  }
});

t.test('what an internal error says is in the log, under the request id of the answer, and nowhere else', async (t) => {
  const { app, lines } = await loggedService(t);
  app.get('/defect', async () => {
    throw new Error('what went wrong');
  });
  const response = await app.inject('/defect');
  t.notMatch(response.payload, 'what went wrong');
  const logged = lines.map((line) => JSON.parse(line)).filter(({ err }) => err?.message === 'what went wrong');
  t.equal(logged.length, 1);
  t.match(logged, [{ level: 50, reqId: response.json().requestId, err: { stack: /secrets\.test\.ts/ } }]);
});
