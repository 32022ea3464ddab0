import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { InstanceError, type InstanceErrorCode } from '../../src/postgrest/instance.js';
import { createPace } from '../../src/reload/pace.js';
import { createProver } from '../../src/reload/prover.js';
import { pursue } from '../../src/reload/pursuit.js';
import { createSightings } from '../../src/reload/sightings.js';
import type { ReloadOutcome, Waiter } from '../../src/reload/waiter.js';
import type { Witness } from '../../src/reload/witness.js';
import type { InstanceReport } from '../../src/verify/verify.js';
import { stopTime } from '../fake-timers.js';
import { idle } from '../verify/shown.js';
import { freshReport } from './reports.js';

const instances = [{ url: 'http://127.0.0.1:3000' }, { url: 'http://127.0.0.1:3001' }];
type Instance = (typeof instances)[number];

/** Somebody who waits and has just been announced; `clearedMs` ago no load was in the way. */
function waiterOf(clearedMs: number | undefined, config = false): Waiter & { outcomes: (ReloadOutcome | undefined)[] } {
  const now = performance.now();
  const outcomes: (ReloadOutcome | undefined)[] = [];
  const waiter = {
    request: { waitMs: 10_000, config },
    startedAt: now,
    announcedAt: now,
    notifiedAt: [now],
    clearance: clearedMs === undefined ? undefined : { at: now - clearedMs, listening: 2, loading: undefined },
    listeners: { listening: [], elsewhere: [], complete: true },
    isSettled: false,
    outcomes,
    settle(outcome?: ReloadOutcome) {
      waiter.isSettled = true;
      outcomes.push(outcome);
    },
    fail() {},
  };
  return waiter;
}

interface Situation {
  /** Whether all is fresh that is compared. */
  isFresh?: boolean;
  /** Those that there are by now; others than those that lack something where a name stands for others. */
  known?: readonly Instance[];
  /** Whether there is something that every instance lacks. */
  hasWitnesses?: boolean;
  isMissing?: (instance: Instance) => Promise<boolean>;
  isLoading?: () => boolean;
  loadsOverSince?: () => number;
  lookMs?: number;
  /** Why an instance that is not fresh cannot be asked. */
  failing?: InstanceErrorCode;
}

/** A prover of two instances that lack something, and of which nothing fresh is seen by comparing. */
function proverOn(t: Test, situation: Situation) {
  const {
    isFresh = false,
    known = instances,
    hasWitnesses = true,
    isMissing = async () => true,
    isLoading = () => true,
    loadsOverSince = () => Number.POSITIVE_INFINITY,
    lookMs = 0,
    failing = 'timeout',
  } = situation;
  let looks = 0;
  let repeats = 0;
  const proven: string[] = [];
  const failure = (instance: Instance): InstanceReport => ({ instance, error: new InstanceError(failing, 'Late.') });
  const witnessOf = (instance: Instance): Witness => ({
    instance,
    staleAt: performance.now(),
    stale: failure(instance),
    fresh: freshReport(instance),
    isMissing: () => isMissing(instance),
  });
  const waiters: Waiter[] = [];
  const sightings = createSightings(instances);
  const prover = createProver({
    verifier: {
      look: async () => {
        looks++;
        await delay(lookMs);
        return { at: new Date(), durationMs: 0, reports: instances.map(isFresh ? freshReport : failure), catalogs: [] };
      },
      proven: (reports) => proven.push(...reports.map(({ instance }) => instance.url)),
    },
    instances: known,
    sightings,
    pace: createPace(),
    isLoadSeen: async () => isLoading(),
    loadsOverSince,
    repeatIfDue: async () => {
      repeats++;
    },
  });
  t.teardown(() => {
    for (const waiter of waiters) {
      waiter.isSettled = true;
      prover.forget(waiter);
    }
  });
  return {
    looks: () => looks,
    repeats: () => repeats,
    proven,
    prove(waiter: Waiter) {
      waiters.push(waiter);
      const { settle } = waiter;
      waiter.settle = (outcome) => {
        settle(outcome);
        prover.forget(waiter);
      };
      prover.prove(
        [waiter],
        Promise.resolve(
          hasWitnesses
            ? pursue({ witnesses: instances.map(witnessOf), sightings, readLoads: async () => idle })
            : undefined,
        ),
      );
    },
  };
}

t.test('once every instance has what it lacked nothing else is compared', async (t) => {
  const time = stopTime(t);
  const there = new Set<Instance>();
  const { prove, looks, proven } = proverOn(t, { isMissing: async (instance) => !there.has(instance) });
  const waiter = waiterOf(100);
  prove(waiter);
  const [first, second] = instances;
  if (first !== undefined) there.add(first);
  await time.pass(100);
  t.same(waiter.outcomes, [], 'one still lacks it');
  if (second !== undefined) there.add(second);
  await time.passUntil('it is told', () => waiter.isSettled);
  t.same([waiter.outcomes, looks()], [['fresh'], 0]);
  t.same(
    proven,
    instances.map(({ url }) => url),
  );
});

t.test('what comes too soon may be of a load that was over when we looked', async (t) => {
  const time = stopTime(t);
  const { prove, looks } = proverOn(t, { isMissing: async () => false });
  const waiter = waiterOf(0);
  prove(waiter);
  await time.passUntil('all is compared', () => looks() > 0);
  t.same(waiter.outcomes, []);
});

t.test(
  'all is compared where a load was in the way, one does not listen, or the configuration is asked for',
  async (t) => {
    const time = stopTime(t);
    const deaf = waiterOf(100);
    if (deaf.clearance !== undefined) deaf.clearance.listening = 1;
    for (const waiter of [waiterOf(undefined), deaf, waiterOf(100, true)]) {
      const { prove, looks } = proverOn(t, { isMissing: async () => false });
      prove(waiter);
      await time.passUntil('all is compared', () => looks() > 0);
      t.same(waiter.outcomes, []);
    }
  },
);

t.test('all is compared where nothing loads, or an instance does not answer', async (t) => {
  const time = stopTime(t);
  const idle = proverOn(t, { isLoading: () => false });
  idle.prove(waiterOf(100));
  await time.passUntil('all is compared', () => idle.looks() > 0);

  const silent = proverOn(t, { isMissing: () => Promise.reject(new InstanceError('timeout', 'Late.')) });
  silent.prove(waiterOf(100));
  await time.passUntil('all is compared', () => silent.looks() > 0);
});

t.test('as long as they load it is waited for what they lack, without comparing', async (t) => {
  const time = stopTime(t);
  const { prove, looks } = proverOn(t, {});
  const waiter = waiterOf(100);
  prove(waiter);
  await time.pass(700);
  t.same([waiter.outcomes, looks()], [[], 0]);
});

t.test(
  'what is fresh has to be so for as long as a load may take, since the notification and since a load',
  async (t) => {
    const time = stopTime(t);
    const quiet = proverOn(t, { isFresh: true, hasWitnesses: false, isLoading: () => false });
    const waiter = waiterOf(undefined);
    quiet.prove(waiter);
    await time.passUntil('it is told', () => waiter.isSettled);
    t.same(waiter.outcomes, ['fresh']);
    t.ok(performance.now() >= waiter.announcedAt + 300);

    let loadedUntil = Number.POSITIVE_INFINITY;
    const busy = proverOn(t, { isFresh: true, hasWitnesses: false, isLoading: () => performance.now() < loadedUntil });
    const other = waiterOf(100);
    busy.prove(other);
    await time.pass(500);
    t.same(other.outcomes, []);
    loadedUntil = performance.now();
    await time.passUntil('it is told', () => other.isSettled);
    t.ok(performance.now() >= loadedUntil + 200, 'another load may follow');
  },
);

t.test('what is fresh after the loads are seen to be over needs no more time', async (t) => {
  const time = stopTime(t);
  let overSince = Number.POSITIVE_INFINITY;
  const situation: Situation = { isFresh: true, hasWitnesses: false, isLoading: () => false, lookMs: 1_000 };
  const { prove, looks } = proverOn(t, { ...situation, loadsOverSince: () => overSince });
  const waiter = waiterOf(undefined);
  prove(waiter);
  overSince = waiter.announcedAt + 50;
  await time.passUntil('it is told', () => waiter.isSettled);
  const tookMs = performance.now() - waiter.announcedAt;
  t.equal(looks(), 2, 'the first one began before');
  t.ok(tookMs < 2_700, `it took ${tookMs} ms`);

  const another = waiterOf(undefined);
  overSince = another.announcedAt - 50;
  prove(another);
  await time.passUntil('it is told', () => another.isSettled);
  t.ok(performance.now() >= another.announcedAt + 3_000, 'the loads of a notification before prove nothing');
  t.equal(looks(), 4);
});

t.test('a load for which the look is put off may be followed by the one that counts', async (t) => {
  const time = stopTime(t);
  const lookMs = 400;
  let loadingUntil = 0;
  const { prove } = proverOn(t, {
    isFresh: true,
    hasWitnesses: false,
    isLoading: () => performance.now() < loadingUntil,
    lookMs,
  });
  const first = waiterOf(undefined);
  prove(first);
  await time.passUntil('it is known how long a look takes', () => first.isSettled);
  loadingUntil = performance.now() + 500;
  const second = waiterOf(undefined);
  prove(second);
  await time.passUntil('it is proven', () => second.isSettled);
  t.ok(performance.now() >= loadingUntil + 2 * lookMs - 50, 'it has had time since the load was seen');
});

t.test('PostgREST is told again unless all that are not fresh load anyway when they are back', async (t) => {
  const time = stopTime(t);
  for (const [failing, complete, isRepeated] of [
    ['timeout', true, true],
    ['unreachable', false, true],
    ['unreachable', true, false],
  ] as const) {
    const { prove, looks, repeats } = proverOn(t, { failing, hasWitnesses: false });
    prove({ ...waiterOf(undefined), listeners: { listening: [], elsewhere: [], complete } });
    await time.passUntil('it has looked twice', () => looks() > 2);
    t.equal(repeats() > 0, isRepeated, `${failing}, ${complete ? 'and nobody listens' : 'and may listen'}`);
  }
});

t.test('a load that is not seen for a moment does not have all compared', async (t) => {
  const time = stopTime(t);
  const startedAt = performance.now();
  const { prove, looks } = proverOn(t, { isLoading: () => performance.now() > startedAt + 700 });
  prove(waiterOf(100));
  await time.pass(2_000);
  t.equal(looks(), 0);
});

t.test('an instance that there was not when witnesses were looked for has all compared', async (t) => {
  const time = stopTime(t);
  const known = [...instances, { url: 'http://127.0.0.1:3002' }];
  const { prove, looks } = proverOn(t, { known, isMissing: async () => false });
  const waiter = waiterOf(100);
  prove(waiter);
  await time.passUntil('all is compared', () => looks() > 0);
  t.same(waiter.outcomes, []);
});
