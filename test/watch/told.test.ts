import t from 'tap';
import type { Fingerprint } from '../../src/watch/fingerprint.js';
import { type Change, createTold } from '../../src/watch/told.js';

/** What PostgREST is told, of a database whose state can be set; a load lasts until it is ended. */
function toldOn() {
  let state: Fingerprint | undefined = { schema: 'one', configuration: 'one' };
  let failures = 0;
  let isDeaf = false;
  const changes: Change[] = [];
  const loads: (() => void)[] = [];
  const told = createTold({
    readFingerprint: async () => {
      if (state === undefined) throw new Error('unreadable');
      return state;
    },
    reload: (change) => {
      if (isDeaf) return Promise.reject(new Error('away'));
      changes.push(change);
      return new Promise<void>((resolve) => loads.push(resolve));
    },
    onFailure: () => {
      failures++;
    },
  });
  return {
    told,
    changes,
    set: (next: Partial<Fingerprint> | undefined) => {
      state = next === undefined ? undefined : { schema: 'one', configuration: 'one', ...next };
    },
    setDeaf: (deaf: boolean) => {
      isDeaf = deaf;
    },
    failures: () => failures,
    async endLoads() {
      for (const end of loads.splice(0)) end();
      await new Promise(setImmediate);
    },
  };
}

t.test('it is told once of each change, and of nothing else', async (t) => {
  const { told, changes, set, endLoads } = toldOn();
  await told.check();
  t.same(changes.splice(0), [{ cause: 'takeover', config: true }], 'what it was told before is not known');
  await endLoads();
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

t.test('what could not be told is told again', async (t) => {
  const { told, changes, setDeaf, failures } = toldOn();
  setDeaf(true);
  await told.check();
  await new Promise(setImmediate);
  t.equal(failures(), 1);
  setDeaf(false);
  await told.check();
  t.match(changes, [{ cause: 'takeover' }]);
});

t.test('one transaction may undo another while PostgREST loads what the first has done', async (t) => {
  const { told, changes, endLoads } = toldOn();
  await told.check();
  told.heard();
  told.heard();
  await told.check();
  t.equal(changes.length, 2, 'the load of the takeover may have seen the first');
  await endLoads();
  await told.check();
  told.heard();
  told.heard();
  await told.check();
  t.equal(changes.length, 2, 'nothing has loaded since');
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
