import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import type { Fingerprint } from '../../src/watch/fingerprint.js';
import { type Change, createTold } from '../../src/watch/told.js';
import { until } from '../helper.js';

/** What PostgREST is told, of a database whose state can be set. */
function toldOn() {
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
    loadedUntil: () => (isLoading ? performance.now() : loadedUntil),
    onFailure: () => {
      failures++;
    },
    onUnproven: () => {
      unproven++;
    },
  });
  return {
    told,
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
      if (isLoading && !loading) loadedUntil = performance.now();
      isLoading = loading;
    },
  };
}

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
  const { told, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'nothing loads');
  setLoading(true);
  told.heard();
  await told.check();
  t.same(changes, [], 'one alone has undone nothing');
  told.heard();
  told.heard();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  setLoading(false);
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'the load is over');
});

t.test('a load may come and go between two transactions of which the second undoes the first', async (t) => {
  const { told, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  const checked = told.check();
  told.heard();
  await checked;
  t.same(changes, []);
  setLoading(true);
  setLoading(false);
  told.heard();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  told.heard();
  told.heard();
  await told.check();
  t.same(changes, [], 'no load has seen one of these');
});

t.test('the one that undoes may be heard of only after the look', async (t) => {
  const { told, changes, setLoading } = toldOn();
  await told.check();
  changes.length = 0;
  setLoading(true);
  told.heard();
  const checked = told.check();
  setTimeout(told.heard, 10);
  await checked;
  t.same(changes, [{ cause: 'trigger', config: false }]);
});

t.test(
  'a burst of transactions while PostgREST loads is told of once, when it is over, and what changes at once',
  async (t) => {
    const { told, changes, set, setLoading } = toldOn();
    await told.check();
    changes.length = 0;
    setLoading(true);
    told.heard();
    const burst = setInterval(told.heard, 20);
    const checked = told.check();
    const startedAt = performance.now();
    await until('it goes on', () => performance.now() > startedAt + 1_000);
    t.same(changes, []);
    clearInterval(burst);
    await checked;
    t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);

    told.heard();
    const another = setInterval(told.heard, 20);
    const looked = told.check();
    set({ schema: 'two' });
    await looked;
    clearInterval(another);
    t.same(changes, [{ cause: 'trigger', config: false }], 'what changes is not waited for');
  },
);

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
  const { told, changes } = toldOn();
  await told.check();
  changes.length = 0;
  const since = told.heardSoFar();
  told.loadedByOthers(since);
  await told.check();
  t.same(changes, [], 'nothing was heard since');
  told.heard();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'trigger', config: false }]);
  told.heard();
  await told.check();
  t.same(changes, []);
  told.heard();
  await told.check();
  told.loadedByOthers(since);
  await told.check();
  t.same(changes, [{ cause: 'watcher', config: false }], 'also what was heard while they loaded');
});
