import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import pg from 'pg';
import t, { type Test } from 'tap';
import { connectionTo, identifySession } from '../../src/postgres/connection.js';
import { createPool } from '../../src/postgres/pool.js';
import { appWith, connect, sandboxFor, serve, until } from '../helper.js';

const sandbox = await sandboxFor(t);

async function pathOf(t: Test, databaseUrl: string): Promise<string> {
  const client = new pg.Client(connectionTo(databaseUrl));
  t.teardown(() => client.end());
  await client.connect();
  await identifySession(client);
  return (await client.query('show search_path')).rows[0].search_path;
}

t.test('no setting goes before the search path of our sessions', async (t) => {
  const admin = await connect(t, sandbox.databaseUrl);
  await admin.query('create database walked');
  await admin.query(`
    create role walker login superuser password 'walker';
    alter database walked set search_path = public; alter role walker set search_path = public;
    alter role walker in database walked set search_path = public`);
  const url = new URL(sandbox.databaseUrl);
  Object.assign(url, { username: 'walker', password: 'walker', pathname: 'walked' });
  const options = [
    '',
    '-c search_path=public',
    '--search_path=public -c search_path=public',
    '-csearch_path=public',
    '-c statement_timeout=7s -c search_path=public\\ ',
  ];
  for (const option of options) {
    url.search = option === '' ? '' : `?options=${encodeURIComponent(option)}`;
    t.equal(await pathOf(t, url.href), 'pg_catalog,pg_temp', option);
  }
});

t.test('what the URL says otherwise holds, but for our name', async (t) => {
  const url = `${sandbox.databaseUrl}?application_name=other&options=${encodeURIComponent('-c work_mem=7MB')}`;
  const pool = createPool(url, 1);
  t.teardown(() => pool.end());
  const { rows } = await pool.query(
    `select current_setting('work_mem') as memory, current_setting('application_name') as name`,
  );
  t.same(rows, [{ memory: '7MB', name: 'pgrst-ops' }]);
});

t.test('everything else of the URL is taken as node-postgres takes it', (t) => {
  const urls = [
    'postgres://ops:50%@db.example/app',
    'postgresql://o%40ps:p%3Ass@[::1]:5433/a%20b',
    'postgres:///app?host=/var/run/postgresql&user=ops',
    'postgres://db.example/app?port=6543&client_encoding=LATIN1',
    ...['true', '1', '0', 'no-verify', 'require', 'verify-full'].map((ssl) => `postgres://db.example/app?ssl=${ssl}`),
    ...['disable', 'no-verify', 'verify-full'].map((mode) => `postgres://db.example/app?sslmode=${mode}`),
    'postgres://db.example/app?sslnegotiation=direct',
    'postgres://db.example/app?uselibpqcompat=true&sslmode=require',
  ];
  for (const url of urls) {
    const ours = new pg.Client(connectionTo(url));
    const theirs = new pg.Client({ connectionString: url });
    for (const key of ['host', 'port', 'user', 'password', 'database', 'ssl'] as const)
      t.same(ours[key], theirs[key], `${key} of ${url}`);
    const parameters = ({ connectionParameters }: { connectionParameters?: Record<string, unknown> }) => [
      connectionParameters?.client_encoding,
      connectionParameters?.sslnegotiation,
    ];
    t.same(parameters(ours as never), parameters(theirs as never));
  }
  t.end();
});

t.test('what the URL says of a pool is ours to say', (t) => {
  const url = 'postgres://db.example/app?min=5&maxUses=1&Promise=x&statement_timeout=0&query_timeout=0';
  t.same(connectionTo(url), connectionTo('postgres://db.example/app'));
  t.end();
});

t.test('behind a pooler that drops the search path nothing is asked until the role has it', async (t) => {
  const admin = await connect(t, sandbox.databaseUrl);
  await admin.query(`create role "Pooled" login superuser password 'Pooled'`);
  const url = new URL(await dropsOptions(t, sandbox.databaseUrl));
  Object.assign(url, { username: 'Pooled', password: 'Pooled' });
  const app = await appWith(t, { DATABASE_URL: url.href, POSTGREST_URLS: sandbox.postgrestUrl });
  const answer = await app.inject('/schema/verify');
  t.equal(answer.statusCode, 503);
  const remedy = 'alter role "Pooled" set search_path = pg_catalog, pg_temp';
  t.match(answer.json(), { code: 'database_unavailable', detail: new RegExp(remedy) });
  const gated = await appWith(t, {
    DATABASE_URL: url.href,
    POSTGREST_URLS: sandbox.postgrestUrl,
    RELOAD_MODE: 'gated',
  });
  await serve(gated);
  const { leader } = (await gated.inject('/health')).json().checks;
  t.match(leader, [{ status: 'warn' }]);
  t.same(await lockHolders(admin), [], 'no session of ours does anything');
  await admin.query(remedy);
  t.equal((await app.inject('/schema/verify')).statusCode, 200);
  await until('the gate is kept', async () => (await lockHolders(admin)).length > 0);
});

async function lockHolders(client: pg.Client): Promise<unknown[]> {
  return (await client.query(`select pid from pg_locks where locktype = 'advisory'`)).rows;
}

/** Starts a proxy that ends with the test and hands on what clients start with but for `options`, as some poolers do. */
async function dropsOptions(t: Test, databaseUrl: string): Promise<string> {
  const { hostname, port } = new URL(databaseUrl);
  const server = createServer((client) => {
    const upstream = createConnection(Number(port), hostname);
    client.once('data', (startup) => {
      upstream.write(withoutOptions(startup));
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return url.href;
}

/** A startup message: its length, the protocol's version, then names and values that end with a zero byte each. */
function withoutOptions(message: Buffer): Buffer {
  const parts = message.subarray(8).toString('latin1').split('\0');
  const at = parts.indexOf('options');
  if (at < 0) throw new Error('There are no options.');
  parts.splice(at, 2);
  const body = Buffer.from(parts.join('\0'), 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 8);
  return Buffer.concat([length, message.subarray(4, 8), body]);
}
