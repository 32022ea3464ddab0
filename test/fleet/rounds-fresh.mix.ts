import t from 'tap';
import { appOn, until } from '../helper.js';
import { proxyFor } from '../proxy.js';
import { type Change, changeOf, prepareChanges } from './changes.js';
import { authenticatorAt, fourOn, freezeIdle, kill, notificationsOn, reload, startAgain, urlsOf } from './four.js';
import { type Mix, reloadAndJudge, roundsOr } from './rounds.js';

const waitSeconds = 60;
const rounds = roundsOr(4);

t.test(`${rounds} rounds in which every mix comes to 200, and not before all of it serves the change`, async (t) => {
  const { sandbox, database, instances } = await fourOn(t);
  const [first, second, third, fourth] = instances;
  await prepareChanges(database, 2 * rounds);
  const gate = await proxyFor(t, sandbox.databaseUrl);
  const held = await sandbox.addPostgrest({ PGRST_DB_URI: authenticatorAt(new URL(gate.url).port) });
  const frozen = await sandbox.addPostgrest();
  let restarted = await sandbox.addPostgrest();
  const slow = { url: (await proxyFor(t, fourth.url, 20)).url };

  const good = [first, second, third];
  const mixOf = async (name: string, members: readonly { url: string }[]): Promise<Mix> => {
    const app = await appOn(t, sandbox, { POSTGREST_URLS: urlsOf(members) });
    return { name, app, instances: members, bad: [], status: 200 };
  };
  const fine = await mixOf('all fine', instances);
  const slowly = await mixOf('one answers slowly', [...good, slow]);
  const hindered = [
    await mixOf('one is held up', [...good, held]),
    await mixOf('one hangs and comes back', [...good, frozen]),
    await mixOf('one is started again', [...good, restarted]),
  ];
  const notifications = await notificationsOn(t, sandbox.databaseUrl);
  for (const { app } of [fine, slowly, ...hindered]) t.equal((await reload(app, waitSeconds)).status, 200);

  /** Commits two changes and returns what reloads from then on have to prove. */
  const commit = async (round: number): Promise<{ changes: Change[]; earlier: Promise<unknown> }> => {
    const changes = [changeOf(2 * round), changeOf(2 * round + 1)];
    const [one, other] = changes as [Change, Change];
    await database.query(one.sql);
    let earlier: Promise<unknown> = Promise.resolve();
    if (round % 2 === 0) {
      // The second comes while instances load for the first.
      const before = notifications();
      earlier = reloadAndJudge(t, { ...fine, name: 'an earlier call' }, [one], waitSeconds, `round ${round}`);
      await until('the first is told', () => notifications() > before);
    }
    await database.query(other.sql);
    return { changes, earlier };
  };

  for (let round = 0; round < rounds; round++) {
    await freezeIdle(database, [frozen, restarted]);
    gate.cut();
    const { changes, earlier } = await commit(round);
    const before = notifications();
    const answered = new Set<Mix>();
    const judge = async (mix: Mix) => {
      await reloadAndJudge(t, mix, changes, waitSeconds, `round ${round}`);
      answered.add(mix);
    };
    const others = [slowly, ...hindered].map(judge);
    await until('a reload is under way', () => notifications() > before);
    await kill(restarted);
    await judge(fine);
    t.notOk(
      hindered.some((mix) => answered.has(mix)),
      `round ${round}: the others are still waited for`,
    );
    gate.mend();
    process.kill(frozen.pid, 'SIGCONT');
    restarted = await startAgain({ sandbox }, restarted);
    await Promise.all([earlier, ...others]);
  }
});
