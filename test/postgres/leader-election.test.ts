import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { runFor } from '../../src/postgres/leader-election.js';
import { until } from '../helper.js';
import { databaseUrlFor } from '../support/database.js';

const databaseUrl = await databaseUrlFor(t);

/** A candidate for the lock of this name, on a clock that jumps on while it rests, and what became of it. */
function candidateFor(t: Test, name: string) {
  const elections: number[] = [];
  const said: string[] = [];
  let time = 1_000;
  let isStopped = false;
  const leader = runFor({
    databaseUrl,
    lock: { kind: 'test', name },
    channels: [],
    onNotification() {},
    onElected() {
      elections.push(time);
    },
    async beforeClose(client) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
      );
      said.push(`holds ${rows[0]?.count} locks`);
    },
    onLost() {
      said.push('lost');
    },
    now: () => time,
    async delay(ms, signal) {
      // What gives up on somebody who hangs has no signal.
      if (signal === undefined) return new Promise(() => {});
      await setImmediate(undefined, { signal });
      if (!isStopped) time += ms;
    },
  });
  t.teardown(() => leader.close());
  const stopClock = () => {
    isStopped = true;
  };
  return { leader, now: () => time, stopClock, elections, said };
}

t.test('whoever steps down has its last word once others may lead', async (t) => {
  const first = candidateFor(t, 'one');
  await until('it is elected', () => first.elections.length === 1);
  const second = candidateFor(t, 'one');
  // Its rest is not over before the other one has tried.
  first.stopClock();
  first.leader.stepDown();
  await until('another one is elected', () => second.elections.length === 1);
  t.same(first.said, ['holds 0 locks', 'lost']);
  await second.leader.close();
  t.same(second.said, ['holds 0 locks', 'lost']);
});

t.test('whoever has to stepDown again stands again ever later', async (t) => {
  const { leader, now, elections } = candidateFor(t, 'two');
  const restMs = async () => {
    const before = elections.length;
    const steppedDownAt = now();
    leader.stepDown();
    await until('it is elected again', () => elections.length > before);
    return Number(elections[before]) - steppedDownAt;
  };
  await until('it is elected', () => elections.length === 1);
  const rests = [await restMs(), await restMs(), await restMs()];
  for (const [index, leastMs] of [1_000, 2_000, 4_000].entries()) {
    t.ok((rests[index] ?? 0) >= leastMs && (rests[index] ?? 0) < leastMs + 3_000, `${rests[index]} ms`);
  }
});
