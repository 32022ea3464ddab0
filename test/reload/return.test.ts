import t from 'tap';
import { untilSomebodyListens } from '../../src/reload/return.js';
import type { Listeners } from '../../src/sessions/listeners.js';
import { stopTime } from '../fake-timers.js';
import { appOn, connect } from '../helper.js';
import { databaseFor, loginFor } from '../support/database.js';

t.test('a listener that comes back within the wait is waited for', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const { name, url } = await loginFor(database.databaseUrl);
  await client.query(`grant anon to ${name}`);
  const postgrest = await database.addPostgrest({ PGRST_DB_URI: url });
  process.kill(database.postgrestPid);
  const app = await appOn(t, { ...database, postgrestUrl: postgrest.url });
  for (let round = 0; round < 5; round++) {
    await client.query(`alter table organizations add column returned_${round} int`);
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and (usename = $1 or query ~* '^\\s*listen ')`,
      [name],
    );
    const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 60 } });
    t.equal(answer.statusCode, 200, answer.payload);
    const columns = `organizations?columns=returned_${round}`;
    const headers = { 'content-type': 'application/json', prefer: 'return=minimal' };
    const served = await fetch(`${postgrest.url}/${columns}`, { method: 'POST', headers, body: '[]' });
    t.equal(served.status, 201);
  }
});

const listener = {
  ...{ pid: 1, role: 'authenticator', applicationName: 'PostgREST 16.2', clientAddress: null, channel: 'pgrst' },
  connectedAt: new Date(0),
};
const nobody: Listeners = { listening: [], elsewhere: [], complete: true };
const somebody: Listeners = { listening: [listener], elsewhere: [], complete: true };

t.test(
  'it is looked for again and again, through errors, and no longer than PostgREST takes to come back',
  async (t) => {
    const time = stopTime(t);
    const looks: (Listeners | Error)[] = [nobody, new Error('PostgreSQL is restarting'), nobody, somebody];
    let looked = 0;
    const findListeners = async () => {
      const seen = looks[looked++] ?? nobody;
      if (seen instanceof Error) throw seen;
      return seen;
    };
    const found = untilSomebodyListens({ findListeners, isWanted: () => true });
    t.equal(await time.passFor(found), somebody);
    t.equal(looked, looks.length);

    const inVain = untilSomebodyListens({ findListeners, isWanted: () => true });
    t.equal(await time.passFor(inVain), nobody);

    const unwanted = untilSomebodyListens({ findListeners, isWanted: () => false });
    t.equal(await unwanted, nobody);

    const broken = untilSomebodyListens({
      findListeners: () => Promise.reject(new Error('It is gone')),
      isWanted: () => true,
    });
    await t.rejects(time.passFor(broken), { message: 'It is gone' });
  },
);
