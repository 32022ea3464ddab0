import t from 'tap';
import { appOn } from '../helper.js';
import { changeOf, prepareChanges } from './changes.js';
import { authenticatorAt, fourOn, kill, reload, startAgain, urlsOf } from './four.js';
import { type Mix, reloadAndJudge, roundsOr } from './rounds.js';

const leastWaitSeconds = 4;
const rounds = roundsOr(7);

// On a database of its own: the others would wait for the loads that it tries again and again.
t.test(`${rounds} rounds in which one cannot load`, async (t) => {
  const { sandbox, database, instances } = await fourOn(t);
  const [first, second, third, fourth] = instances;
  await kill(fourth);
  await prepareChanges(database, rounds);
  // PostgREST reads the time zones when it loads, and gives the cache up when it cannot.
  await database.query(`
    create role unlucky login noinherit password 'unlucky';
    grant anon to unlucky;
    grant select on pg_catalog.pg_timezone_names to authenticator`);
  const config = { PGRST_DB_URI: authenticatorAt(new URL(sandbox.databaseUrl).port, 'unlucky') };
  let unlucky = await sandbox.addPostgrest(config);
  const members = [first, second, third, unlucky];
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(members) });
  const mix: Mix = { name: 'one cannot load', app, instances: members, bad: [unlucky], status: 502 };

  // The good ones are to have time enough, on a busy machine too.
  let { durationMs } = await reload(app, 60);
  for (let round = 0; round < rounds; round++) {
    await database.query('revoke select on pg_catalog.pg_timezone_names from public');
    const change = changeOf(round);
    await database.query(change.sql);
    const waitSeconds = Math.max(leastWaitSeconds, (3 * durationMs) / 1000);
    await reloadAndJudge(t, mix, [change], waitSeconds, `round ${round}`);
    await database.query('grant select on pg_catalog.pg_timezone_names to public');
    await kill(unlucky);
    unlucky = await startAgain({ sandbox }, unlucky, config);
    ({ durationMs } = await reloadAndJudge(
      t,
      { ...mix, bad: [], status: 200 },
      [change],
      60,
      `round ${round}, healed`,
    ));
  }
});

t.test(`${rounds} rounds in which nobody listens`, async (t) => {
  const { sandbox, database, instances } = await fourOn(t, { every: { PGRST_DB_CHANNEL_ENABLED: 'false' } });
  await prepareChanges(database, rounds);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(instances) });
  for (let round = 0; round < rounds; round++) {
    const { what, sql } = changeOf(round);
    await database.query(sql);
    t.match(await reload(app, leastWaitSeconds), { status: 409, code: 'nobody_listens' }, `round ${round}: ${what}`);
  }
});
