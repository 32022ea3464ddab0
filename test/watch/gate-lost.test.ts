import { once } from 'node:events';
import t, { type Test } from 'tap';
import { connect, until } from '../helper.js';
import {
  addColumn,
  gatedSandbox,
  leaderPid,
  listenTo,
  newColumn,
  servedColumns,
  startKeeping,
  startPair,
  untilFree,
  untilServed,
} from './service.js';

const sandbox = await gatedSandbox(t);
const { client, databaseUrl, postgrestUrl } = sandbox;

/** Adds a column in a transaction that is still open, and commits it when asked to. */
async function openDdl(t: Test) {
  const session = await connect(t, databaseUrl);
  const column = newColumn();
  await session.query(`begin; alter table organizations add column ${column} int`);
  return { column, commit: () => session.query('commit') };
}

t.test('where the only one is killed, PostgREST is told directly at once', async (t) => {
  const service = await startKeeping(t, sandbox);
  await service.kill();
  await untilFree(client);
  const { heard, settle } = await listenTo(t, databaseUrl);
  const column = await addColumn(client);
  await settle();
  t.same(heard, ['reload schema']);
  await untilServed(postgrestUrl, column);
});

t.test('what is committed after the one that was to tell of it was killed is served', async (t) => {
  const [first, standby] = await startPair(t, sandbox);
  const toStandby = await openDdl(t);
  await first.kill();
  await toStandby.commit();
  await untilServed(postgrestUrl, toStandby.column);
  // It may be served before: the trigger tells PostgREST itself where nobody keeps the gate.
  await until('the standby keeps the gate', () => standby.elections() === 1);

  const toNobody = await openDdl(t);
  await standby.kill();
  await untilFree(client);
  const { heard, settle } = await listenTo(t, databaseUrl);
  await toNobody.commit();
  await settle();
  t.same(heard, []);
  t.notOk((await servedColumns(postgrestUrl)).includes(toNobody.column));
  await startKeeping(t, sandbox);
  await untilServed(postgrestUrl, toNobody.column);
});

t.test('what is committed after another took over is served', async (t) => {
  const [first, standby] = await startPair(t, sandbox);
  const ddl = await openDdl(t);
  await first.kill();
  await until('another keeps the gate', () => standby.elections() === 1);
  await ddl.commit();
  await untilServed(postgrestUrl, ddl.column);
});

t.test('where its session is ended it is elected again, and what it missed is served', async (t) => {
  const service = await startKeeping(t, sandbox);
  const ddl = await openDdl(t);
  await client.query('select pg_terminate_backend($1)', [await leaderPid(client)]);
  await ddl.commit();
  await until('it is elected again', () => service.elections() === 2);
  await untilServed(postgrestUrl, ddl.column);
});

t.test('one that is stopped has told of what it heard last, or tells of it', async (t) => {
  for (let round = 0; round < 3; round++) {
    const service = await startKeeping(t, sandbox);
    service.process.kill('SIGSTOP');
    const column = await addColumn(client);
    service.process.kill('SIGTERM');
    service.process.kill('SIGCONT');
    await once(service.process, 'exit');
    await untilServed(postgrestUrl, column);
  }
});

t.test('one that can tell PostgREST nothing any more gives up the gate', async (t) => {
  await client.query(`create role ops login password 'ops'`);
  const url = new URL(databaseUrl);
  url.username = url.password = 'ops';
  await startKeeping(t, sandbox, { DATABASE_URL: url.href });
  await untilServed(postgrestUrl, await addColumn(client));
  await client.query('alter role ops nologin');
  const others = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ops' and pid <> $1`;
  await client.query(others, [await leaderPid(client)]);
  await untilServed(postgrestUrl, await addColumn(client));
  await untilFree(client);
  await untilServed(postgrestUrl, await addColumn(client));
});

t.test('where PostgreSQL is restarted it is elected again, and works as before', async (t) => {
  const service = await startKeeping(t, sandbox);
  process.kill(sandbox.postgresPid, 'SIGINT');
  await until('it is gone', () => service.losses() === 1);
  await sandbox.startPostgres();
  const session = await connect(t, databaseUrl);
  await until('it is elected again', () => service.elections() === 2);
  await untilServed(postgrestUrl, await addColumn(session));
});
