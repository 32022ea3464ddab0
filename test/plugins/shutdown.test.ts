import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { appOn, appWith, connect as connectTo, sandboxFor, servicesOf, until } from '../helper.js';

const env = { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' };

/**
 * Opens a connection that has had one answer and has begun its next request, so that it stays open while the service
 * closes. Returns a function that completes this request and reads the answer.
 */
async function halfway(t: Test, app: FastifyInstance, request: string) {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write(`GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n${request} HTTP/1.1\r\nhost: localhost\r\n`);
  const [first] = await once(socket, 'data');
  t.match(String(first), /^HTTP\/1\.1 200 /);
  return async () => {
    socket.write('connection: close\r\n\r\n');
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    return { head, status: Number(head.split(' ')[1]), body: JSON.parse(body) };
  };
}

t.test('while the service closes, requests are told to come back later', async (t) => {
  const app = await appWith(t, env);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const paths = [
    'GET /schema/verify',
    'POST /schema/reload',
    'GET /trigger/status',
    'GET /health',
    'GET /openapi.json',
    'GET /nothing',
  ];
  const begun = await Promise.all(
    paths.map(async (request) => ({ request, complete: await halfway(t, app, request) })),
  );
  const live = await halfway(t, app, 'GET /health/live');
  const ready = await halfway(t, app, 'GET /health/ready');

  const closing = app.close();
  await until('the service closes', () => app.isShuttingDown());

  for (const { request, complete } of begun) {
    const { status, head, body } = await complete();
    t.equal(status, 503, request);
    t.match(head, /^retry-after: [1-9]\d*$/im);
    t.match(head, /^content-type: application\/problem\+json\b/im);
    t.match(body, {
      status: 503,
      code: 'shutting_down',
      type: 'urn:pgrst-ops:problem:shutting-down',
      requestId: String,
    });
  }
  t.match(await live(), { status: 200, body: { status: 'pass' } }, 'but it lives');
  t.match(await ready(), { status: 503, body: { status: 'fail' } }, 'and is not ready');
  await closing;
});

t.test('a connection ends with the answer that was due on it, so that it does not hold up the end', async (t) => {
  const app = await appWith(t, env);
  const gate = new EventEmitter();
  app.get('/slow', async () => {
    gate.emit('begun');
    await once(gate, 'released');
    return {};
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  const begun = once(gate, 'begun');
  socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await begun;

  const closing = app.close();
  await until('the service closes', () => app.isShuttingDown());
  gate.emit('released');
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is);
  socket.destroy();
  await closing;
});

/** Asks a service on a real PostgREST, which is frozen, for a reload; returns the answer that is to come. */
async function waitingReload(t: Test) {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  // It proves nothing, so the reload waits; its listening session is still there to be notified.
  process.kill(sandbox.postgrestPid, 'SIGSTOP');
  t.teardown(() => process.kill(sandbox.postgrestPid, 'SIGCONT'));
  const ask = () =>
    fetch(`${url}/schema/reload`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ wait: 60 }),
      signal: AbortSignal.timeout(50_000),
    });
  return { app, sandbox, ask };
}

async function assertInterrupted(t: Test, response: Response) {
  t.equal(response.status, 503);
  t.match(response.headers.get('retry-after'), /^[1-9]\d*$/);
  t.match(response.headers.get('content-type'), /^application\/problem\+json\b/);
  t.match(await response.json(), { status: 503, code: 'shutting_down', detail: /before the reload was proven/ });
}

t.test('a reload that waits for its proof is answered at once when the service closes', async (t) => {
  const { app, sandbox, ask } = await waitingReload(t);
  const listener = await connectTo(t, sandbox.databaseUrl);
  await listener.query('listen pgrst');
  const notified = once(listener, 'notification');
  const answer = ask();
  await notified;
  const closing = app.close();
  await assertInterrupted(t, await answer);
  await closing;
});

t.test('so is one whose notification is under way', async (t) => {
  const { app, sandbox, ask } = await waitingReload(t);
  const superuser = await connectTo(t, sandbox.databaseUrl);
  await app.inject('/trigger/status');
  const { rows } = await superuser.query(`select pid from pg_stat_activity where application_name = 'pgrst-ops'`);
  const frozen: number[] = rows.map(({ pid }) => pid);
  t.not(frozen.length, 0);
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  const thaw = () => {
    for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
  };
  t.teardown(thaw);

  const { pool } = servicesOf(app);
  const answer = ask();
  await until('the notification is under way', () => pool.idleCount < pool.totalCount);
  const closing = app.close();
  await assertInterrupted(t, await answer);
  thaw();
  await closing;
});
