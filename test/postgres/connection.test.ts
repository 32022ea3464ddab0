import { once } from 'node:events';
import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import pg from 'pg';
import t, { type Test } from 'tap';
import { createPool } from '../../src/catalog/database.js';
import { checkSession, connectionTo } from '../../src/postgres/connection.js';
import { appWith, connect, sandboxFor } from '../helper.js';

const sandbox = await sandboxFor(t);

async function pathOf(t: Test, databaseUrl: string): Promise<string> {
  const client = new pg.Client(connectionTo(databaseUrl));
  t.teardown(() => client.end());
  await client.connect();
  await checkSession(client);
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

t.test('a password that looks like an escape is taken as it is', async (t) => {
  t.match(connectionTo('postgres://ops:50%@db.example/app'), { password: '50%', host: 'db.example' });
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
  await admin.query(remedy);
  t.equal((await app.inject('/schema/verify')).statusCode, 200);
});

/** Starts a proxy that ends with the test and hands on what clients start with but for `options`, as some poolers do. */
async function dropsOptions(t: Test, databaseUrl: string): Promise<string> {
  const { hostname, port } = new URL(databaseUrl);
  const server = createServer((client) => {
    const upstream = connectTo(Number(port), hostname);
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
  parts.splice(at, 2);
  const body = Buffer.from(parts.join('\0'), 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 8);
  return Buffer.concat([length, message.subarray(4, 8), body]);
}
