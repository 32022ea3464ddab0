import pg from 'pg';
import t from 'tap';
import { explainDatabaseError } from '../../src/postgres/errors.js';
import { createPool, createProbe } from '../../src/postgres/pool.js';
import { readOnly } from '../../src/postgres/transaction.js';
import { connect, until } from '../helper.js';
import { proxyFor } from '../proxy.js';
import { databaseUrlFor } from '../support/database.js';

t.test('every connection has timeouts and our name', async (t) => {
  const databaseUrl = await databaseUrlFor(t);
  const settings = async (pool: pg.Pool) => {
    t.teardown(() => pool.end());
    const { rows } = await pool.query(
      `select name, setting from pg_settings where name in
       ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name')`,
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  };
  t.same(await settings(createPool(databaseUrl, 1)), {
    application_name: 'pgrst-ops',
    statement_timeout: '10000',
    lock_timeout: '2000',
    idle_in_transaction_session_timeout: '15000',
  });
  t.match(await settings(createProbe(databaseUrl, 1_000)), { statement_timeout: '800', lock_timeout: '800' });
});

t.test('the sessions of a pool are known from before their first use until they are closed', async (t) => {
  const databaseUrl = await databaseUrlFor(t);
  const sessions = new Set<number>();
  const pool = createPool(databaseUrl, 2, sessions);
  t.teardown(() => pool.end());
  t.same([...sessions], []);
  const clients = [await pool.connect(), await pool.connect()];
  const known = [...sessions];
  const pids = await Promise.all(
    clients.map(async (client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid),
  );
  t.same(new Set(known), new Set(pids));
  for (const client of clients) client.release(true);
  await until('they are closed', () => sessions.size === 0);
});

t.test('a connection that breaks while it is lent is an error of its next query, and no more', async (t) => {
  const databaseUrl = await databaseUrlFor(t);
  const network = await proxyFor(t, databaseUrl);
  const pool = createPool(network.url, 1);
  t.teardown(() => pool.end());
  const client = await pool.connect();
  await client.query('select 1');
  const ended = new Promise((resolve) => client.once('end', resolve));
  network.break();
  await ended;
  await t.rejects(client.query('select 1'));
  client.release(true);
  t.equal((await pool.query('select 1')).rowCount, 1);
});

t.test('a query that waits for a lock gives up', async (t) => {
  const databaseUrl = await databaseUrlFor(t);
  const blocker = await connect(t, databaseUrl);
  await blocker.query('begin; lock table organizations');
  // PostgreSQL gives up after 4 s, and we would a second later.
  const pool = createProbe(databaseUrl, 5_000);
  t.teardown(() => pool.end());
  const error = await pool.query('select * from public.organizations').catch((error) => error);
  t.match(explainDatabaseError(error), { kind: 'timeout' });
  await blocker.query('rollback');
  t.equal((await pool.query('select * from public.organizations')).rowCount, 2);
});

t.test('a read-only transaction sees one moment and cannot write', async (t) => {
  const databaseUrl = await databaseUrlFor(t);
  const other = await connect(t, databaseUrl);
  const pool = createPool(databaseUrl, 1);
  t.teardown(() => pool.end());
  const counts = await readOnly(pool, async (client) => {
    const count = async () => (await client.query('select from public.organizations')).rowCount;
    const before = await count();
    await other.query(`insert into organizations (name) values ('Later')`);
    return [before, await count()];
  });
  t.same(counts, [2, 2]);
  const error = await readOnly(pool, (client) => client.query('delete from public.organizations')).catch(
    (error) => error,
  );
  t.match(explainDatabaseError(error), { kind: 'standby' });
  t.equal((await pool.query('select from public.organizations')).rowCount, 3);
});

t.test('errors are explained by their code, and defects are not', async (t) => {
  const databaseError = (code: string) => Object.assign(new pg.DatabaseError('said', 4, 'error'), { code });
  const kinds: [error: unknown, kind: string | undefined][] = [
    [databaseError('28P01'), 'unavailable'],
    [databaseError('3D000'), 'unavailable'],
    [databaseError('53300'), 'unavailable'],
    [databaseError('57P03'), 'unavailable'],
    [databaseError('57014'), 'timeout'],
    [databaseError('55P03'), 'timeout'],
    [databaseError('42501'), 'insufficient_privilege'],
    [databaseError('25006'), 'standby'],
    [databaseError('42601'), undefined],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unavailable'],
    [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'unavailable'],
    [Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }), 'unavailable'],
    [Object.assign(new Error('verify'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'unavailable'],
    [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [new Error('timeout exceeded when trying to connect'), 'unavailable'],
    [new TypeError('x is not a function'), undefined],
    ['text', undefined],
  ];
  for (const [error, kind] of kinds) t.equal(explainDatabaseError(error)?.kind, kind, String(error));
});
