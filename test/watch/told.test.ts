import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import type { Fingerprint } from '../../src/watch/fingerprint.js';
import { type Change, createTold } from '../../src/watch/told.js';
import { until } from '../helper.js';
import { createClock } from '../stepping-clock.js';

/** What PostgREST is told, of a database whose state can be set, on a clock of the test's. */
function toldOn() {
  const clock = createClock();
  let state: Fingerprint | undefined = { schema: 'one', isPartial: false, configuration: 'one' };
  let failures = 0;
  let unproven = 0;
  let isTakenUp = true;
  let isDeaf = false;
  let isLoading = false;
  let loadedUntil = Number.NEGATIVE_INFINITY;
  const changes: Change[] = [];
  const told = createTold({
    readFingerprint: async () => {
      if (state === undefined) throw new Error('unreadable');
      return state;
    },
    reload: (change) => {
      if (isDeaf) return Promise.reject(new Error('away'));
      changes.push(change);
      return setImmediate(isTakenUp);
    },
    loadedUntil: () => (isLoading ? clock.now() : loadedUntil),
    onFailure: () => {
      failures++;
    },
    onUnproven: () => {
      unproven++;
    },
    now: clock.now,
    delay: clock.delay,
  });
  return {
    told,
    clock,
    changes,
    set: (next: Partial<Fingerprint> | undefined) => {
      state = next === undefined ? undefined : { schema: 'one', isPartial: false, configuration: 'one', ...next };
    },
    setDeaf: (deaf: boolean) => {
      isDeaf = deaf;
    },
    setTakenUp: (takenUp: boolean) => {
      isTakenUp = takenUp;
    },
    failures: () => failures,
    unproven: () => unproven,
    setLoading: (loading: boolean) => {
      if (isLoading && !loading) loadedUntil = clock.now();
      isLoading = loading;
    },
  };
}

/** Has it look, and lets as much time pass as it waits for a transaction that is heard of a little later. */
async function check({ told, clock }: Pick<ReturnType<typeof toldOn>, 'told' | 'clock'>): Promise<void> {
  const checked = told.check();
  await clock.pass(quietMs);
  await checked;
}

const quietMs = 200;

t.test('it is told once of each change, and of nothing else', async (t) => {
  const { told, changes, set } = toldOn();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'takeover', config: true }], 'what it was told before is not known');
  await told.check();
  told.heard();
  await told.check();
  t.same(changes, []);
  set({ schema: 'two' });
  told.heard();
  await told.check();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  set({ schema: 'two', configuration: 'two' });
  await told.check();
  t.same(changes.splice(0), [{ cause: 'watcher', config: true }]);
  told.forget();
  await told.check();
  t.match(changes, [{ cause: 'takeover' }]);
});

t.test('what cannot be read, or tells no schemas, may have changed', async (t) => {
  const { told, changes, set } = toldOn();
  await told.check();
  set(undefined);
  await told.check();
  await told.check();
  t.equal(changes.length, 3);
  set({ schema: undefined });
  await told.check();
  await told.check();
  t.equal(changes.length, 5);
});

t.test('where an instance has not told its schemas, any transaction may have changed something', async (t) => {
  const { told, changes, set } = toldOn();
  set({ isPartial: true });
  await told.check();
  changes.splice(0);
  await told.check();
  t.same(changes.splice(0), [], 'there was none');
  told.heard();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  set({ schema: 'one and two' });
  await told.check();
  t.same(changes, [{ cause: 'watcher', config: false }], 'it has told them');
});

t.test('as long as it may have to be told of something it is owing', async (t) => {
  const { told, changes, set, setDeaf } = toldOn();
  const settled = () => until('it has been told', () => !told.isOwing());
  t.ok(told.isOwing(), 'it is not known what it was told before');
  await told.check();
  t.ok(told.isOwing(), 'it is being told');
  await settled();
  told.heard();
  t.ok(told.isOwing(), 'a transaction was heard of');
  await told.check();
  t.notOk(told.isOwing(), 'which changed nothing');
  set({ schema: 'two' });
  told.heard();
  await told.check();
  t.ok(told.isOwing());
  await settled();
  t.equal(changes.length, 2);
  setDeaf(true);
  set({ schema: 'three' });
  told.heard();
  await told.check();
  await setImmediate();
  t.ok(told.isOwing(), 'it could not be told');
});

t.test('what is new and not taken up is compared, what is repeated is not', async (t) => {
  const { told, changes, setTakenUp, unproven } = toldOn();
  await told.check();
  setTakenUp(false);
  told.repeat({ cause: 'watcher', config: false });
  await setImmediate();
  t.equal(unproven(), 0);
  told.forget();
  await told.check();
  await setImmediate();
  t.equal(unproven(), 1);
  t.equal(changes.length, 3);
});

t.test('what could not be told is told again', async (t) => {
  const { told, changes, setDeaf, failures } = toldOn();
  setDeaf(true);
  await told.check();
  await setImmediate();
  t.equal(failures(), 1);
  setDeaf(false);
  await told.check();
  t.match(changes, [{ cause: 'takeover' }]);
});

t.test('one transaction may undo another while PostgREST loads what the first has done', async (t) => {
  const { told, clock, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'nothing loads');
  setLoading(true);
  told.heard();
  await check({ told, clock });
  t.same(changes, [], 'one alone has undone nothing');
  told.heard();
  told.heard();
  await check({ told, clock });
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  setLoading(false);
  await clock.pass(1);
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'the load is over');
});

t.test('a load may come and go between two transactions of which the second undoes the first', async (t) => {
  const { told, clock, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  const checked = told.check();
  told.heard();
  await checked;
  t.same(changes, []);
  await clock.pass(1);
  setLoading(true);
  setLoading(false);
  await clock.pass(1);
  told.heard();
  await check({ told, clock });
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'no load has seen one of these');
});

t.test('the one that undoes may be heard of only after the look', async (t) => {
  const { told, clock, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  setLoading(true);
  told.heard();
  const checked = told.check();
  await clock.pass(quietMs - 1);
  t.same(changes, []);
  told.heard();
  await clock.pass(quietMs + 1);
  await checked;
  t.same(changes, [{ cause: 'trigger', config: false }]);
});

t.test(
  'a burst of transactions while PostgREST loads is told of once, when it is over, and what changes at once',
  async (t) => {
    const { told, clock, changes, set, setLoading } = toldOn();
    const burst = async (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 20) {
        await clock.pass(20);
        told.heard();
      }
    };
    await told.check();
    changes.length = 0;
    setLoading(true);
    told.heard();
    const checked = told.check();
    await burst(1_000);
    t.same(changes, []);
    await clock.pass(2 * quietMs);
    await checked;
    t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);

    told.heard();
    const looked = told.check();
    set({ schema: 'two' });
    await burst(quietMs);
    await looked;
    t.same(changes, [{ cause: 'trigger', config: false }], 'what changes is not waited for');
  },
);

t.test('a burst that goes on for hours is told of nonetheless', async (t) => {
  const { told, clock, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  setLoading(true);
  told.heard();
  const checked = told.check();
  const goOn = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      await clock.pass(100);
      told.heard();
    }
  };
  await goOn(9_800);
  t.same(changes, []);
  await goOn(2 * quietMs);
  await checked;
  t.same(changes, [{ cause: 'trigger', config: false }]);
});

t.test('what is accepted is not told', async (t) => {
  const { told, changes, set } = toldOn();
  const { fingerprint } = await told.look();
  told.accept(fingerprint);
  await told.check();
  t.same(changes, []);
  set({ schema: 'two' });
  t.match((await told.look()).change, { cause: 'watcher', config: false });
});

t.test('what undoes that which PostgREST has from others is told, once', async (t) => {
  const { told, clock, changes } = toldOn();
  await check({ told, clock });
  changes.length = 0;
  const since = told.heardSoFar();
  told.loadedByOthers(since);
  await check({ told, clock });
  t.same(changes, [], 'nothing was heard since');
  told.heard();
  await check({ told, clock });
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  told.heard();
  await check({ told, clock });
  t.same(changes, []);
  told.heard();
  await check({ told, clock });
  told.loadedByOthers(since);
  await check({ told, clock });
  t.same(changes, [{ cause: 'watcher', config: false }], 'also what was heard while they loaded');
});
