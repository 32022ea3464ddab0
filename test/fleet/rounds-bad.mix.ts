import t, { type Test } from 'tap';
import type { PostgrestServer } from '../../src/sandbox/postgrest.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { appOn, until } from '../helper.js';
import { type Change, changeOf, prepareChanges } from './changes.js';
import { authenticatorAt, fourOn, freezeIdle, kill, reload, urlsOf } from './four.js';
import { findPooler, poolerFor } from './pooler.js';
import { type Mix, notServed, reloadAndJudge, roundsOr } from './rounds.js';

// Two seconds go by until an instance that hangs is given up.
const leastWaitSeconds = 5;
const rounds = roundsOr(3);

/** An instance behind a pooler in transaction mode; none where there is no pgbouncer. */
async function pooledOn(t: Test, sandbox: Sandbox): Promise<PostgrestServer[]> {
  const pooler = findPooler();
  if (pooler === undefined) {
    t.comment('the mix with a pooler is left out: there is no pgbouncer');
    return [];
  }
  const uri = await poolerFor(t, pooler, authenticatorAt(new URL(sandbox.databaseUrl).port));
  return [await sandbox.addPostgrest({ PGRST_DB_URI: uri, PGRST_DB_PREPARED_STATEMENTS: 'false' })];
}

t.test(`${rounds} rounds in which the bad instances are named and no others`, async (t) => {
  const { sandbox, database, instances } = await fourOn(t);
  const [first, second, third, hung] = instances;
  await prepareChanges(database, rounds);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const other = await sandbox.addPostgrest({ PGRST_DB_CHANNEL: 'other' });
  const stopped = await sandbox.addPostgrest();
  await kill(stopped);
  const pooled = await pooledOn(t, sandbox);

  const mixOf = async (name: string, bad: { url: string }[], status = 504): Promise<Mix> => {
    const members = [first, second, third].slice(0, 4 - bad.length).concat(bad as PostgrestServer[]);
    const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(members) });
    return { name, app, instances: members, bad, status };
  };
  const hanging = await mixOf('one hangs', [hung]);
  const mixes = [
    hanging,
    await mixOf('one is deaf', [deaf]),
    await mixOf('one listens elsewhere', [other]),
    await mixOf('one is stopped', [stopped]),
    ...(await Promise.all(pooled.map((each) => mixOf('one is behind a pooler', [each])))),
    await mixOf('two are bad', [deaf, stopped]),
  ];

  // The good ones are to have time enough, on a busy machine too: several times as long as they took last.
  const control = await mixOf('the good ones alone', [], 200);
  let lastMs = 0;
  const judgeControl = async (changes: Change[], name: string) => {
    const { durationMs } = await reloadAndJudge(t, control, changes, 60, name);
    lastMs = durationMs;
  };
  await Promise.all([judgeControl([], 'before'), ...mixes.map(({ app }) => reload(app, 1))]);

  /** Has those load that heard nothing, so that the next round finds each of them fresh. */
  const heal = async (change: Change) => {
    for (const { pid } of [deaf, other, ...pooled]) process.kill(pid, 'SIGUSR1');
    process.kill(hung.pid, 'SIGCONT');
    const healed = [first, second, third, hung, deaf, other, ...pooled];
    await until('all serve it', async () => (await notServed(healed, [change])).length === 0);
    // A look that is under way when it hangs again would take the time of the next call.
    t.equal((await reload(hanging.app, 60)).status, 200);
  };

  for (let round = 0; round < rounds; round++) {
    await freezeIdle(database, [hung]);
    const change = changeOf(round);
    await database.query(change.sql);
    const waitSeconds = Math.max(leastWaitSeconds, (3 * lastMs) / 1000);
    const judge = (mix: Mix) => reloadAndJudge(t, mix, [change], waitSeconds, `round ${round}`);
    await Promise.all([judgeControl([change], `round ${round}`), ...mixes.map(judge)]);
    t.equal((await notServed([deaf, other, ...pooled], [change])).length, 2 + pooled.length, 'they do not serve it');
    await heal(change);
  }
});
