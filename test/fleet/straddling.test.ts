import t from 'tap';
import { appOn, connect, until } from '../helper.js';
import { changeOf, prepareChanges } from './changes.js';
import { fourOn, urlsOf } from './four.js';
import { type Mix, reloadAndJudge, roundsOr } from './rounds.js';

const waitSeconds = 60;
const rounds = roundsOr(6);

t.test(`${rounds} rounds in which all four read half of the catalog before a commit and half after it`, async (t) => {
  const { sandbox, database, instances } = await fourOn(t);
  await prepareChanges(database, 3 * rounds);
  const blocker = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(instances) });
  const mix: Mix = { name: 'a call', app, instances, bad: [], status: 200 };
  await reloadAndJudge(t, mix, [], waitSeconds, 'before');

  for (let round = 0; round < rounds; round++) {
    const [one, two, three] = [changeOf(3 * round), changeOf(3 * round + 1), changeOf(3 * round + 2)];
    const judge = (changes: (typeof one)[]) => reloadAndJudge(t, mix, changes, waitSeconds, `round ${round}`);
    // PostgREST reads the time zones last.
    await blocker.query('begin; lock table pg_catalog.pg_timezone_names in access exclusive mode');
    await database.query(one.sql);
    const first = judge([one]);
    await until('all four are about to end a load', async () => {
      const { rowCount } = await database.query('select from pg_locks where not granted');
      return rowCount === 4;
    });
    await database.query(two.sql);
    const second = judge([one, two]);
    await blocker.query('rollback');
    // And one more, while they load anew or are about to.
    await database.query(three.sql);
    await Promise.all([first, second, judge([one, two, three])]);
  }
});
