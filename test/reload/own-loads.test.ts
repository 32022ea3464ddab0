import t, { type Test } from 'tap';
import { createOwnLoads } from '../../src/reload/own-loads.js';
import type { Load, Loads } from '../../src/sessions/loads.js';
import { stopTime } from '../fake-timers.js';
import { idle } from '../verify/shown.js';

/** PostgreSQL's clock says 1,000,000 when the loads are first looked at, 100 ms after PostgREST was told. */
const toldAt = () => performance.now() - 100;
const load = (id: string, isOfCache = true): Load => ({ id, begunAt: 999_950, isCurrent: true, isOfCache });
const earlier: Load = { ...load('earlier'), begunAt: 990_000 };

/** The loads of two instances that have just been told, of which PostgreSQL shows what can be set. */
async function toldOn(t: Test, first: Partial<Loads> = {}) {
  const time = stopTime(t);
  let shown = { ...idle, ...first };
  let reads = 0;
  let isWanted = true;
  t.teardown(() => {
    isWanted = false;
  });
  const ownLoads = createOwnLoads({
    readLoads: async () => {
      reads++;
      return shown;
    },
    countInstances: async () => 2,
    isWanted: () => isWanted,
  });
  const areOver = () => Number.isFinite(ownLoads.overSince());
  const haveRead = () => {
    const before = reads;
    return time.passUntil('the loads are read', () => reads > before + 1);
  };
  ownLoads.expect();
  const followed = ownLoads.follow(toldAt());
  await time.passUntil('the loads are read', () => reads > 1);
  return {
    time,
    ownLoads,
    areOver,
    followed,
    show(loads: Partial<Loads>) {
      shown = { ...idle, ...loads };
    },
    unwant: () => {
      isWanted = false;
    },
    async see(loads: Partial<Loads>) {
      shown = { ...idle, ...loads };
      await haveRead();
      return areOver();
    },
  };
}

t.test('they are over when every instance was seen to load, and none has for a while', async (t) => {
  const { see, ownLoads, areOver, time } = await toldOn(t);
  t.notOk(await see({ loads: [load('one')] }));
  const at = performance.now();
  t.notOk(await see({ loads: [load('one', false), load('other')] }), 'they load');
  await see({});
  await time.passUntil('they are over', areOver);
  t.ok(ownLoads.overSince() >= at + 500 && ownLoads.overSince() <= performance.now());
  t.notOk(await see({ loads: [load('again')] }), 'what they were told meanwhile, or had failed to load, they load now');
  await see({});
  await time.passUntil('that is over too', areOver);
});

for (const [name, shown] of [
  ['nothing was seen to load', []],
  ['one was not seen to load', [[load('one')]]],
  ['one alone may have loaded twice', [[load('one')], [load('another')]]],
  ['one loads what it had read before', [[earlier, load('one')]]],
  ['it may be no load', [[load('one'), load('configuration', false)]]],
] as const) {
  t.test(`they may be still to come where ${name}`, async (t) => {
    const { see } = await toldOn(t);
    for (const loads of shown) await see({ loads });
    const quietSince = performance.now();
    while (performance.now() <= quietSince + 800) t.notOk(await see({}));
  });
}

for (const [name, unclear] of [
  ['sessions are hidden', { isHidden: true }],
  ['a standby follows', { hasStandby: true }],
  ['an instance does not listen, or not by its name', { namedListening: 1 }],
  ['another one listens', { namedListening: 3 }],
] as const) {
  t.test(`it cannot be told where ${name}`, async (t) => {
    const { areOver, followed, time } = await toldOn(t, { loads: [], ...unclear });
    await time.passFor(followed);
    t.notOk(areOver());
  });
}

t.test('they are over no more when PostgREST is told again, even while it is seen that they are', async (t) => {
  const time = stopTime(t);
  let reads = 0;
  const ownLoads = createOwnLoads({
    readLoads: async () => {
      reads++;
      if (Number.isFinite(ownLoads.overSince())) ownLoads.expect();
      return { ...idle, loads: reads === 2 ? [load('one'), load('other')] : [] };
    },
    countInstances: async () => 2,
    isWanted: () => true,
  });
  await time.passFor(ownLoads.follow(toldAt()));
  t.equal(ownLoads.overSince(), Number.POSITIVE_INFINITY);
});

t.test('they are not known to be over when an instance is gone', async (t) => {
  const { see, show, ownLoads, areOver, followed, time } = await toldOn(t);
  await see({ loads: [load('one'), load('other')] });
  await see({});
  await time.passUntil('they are over', areOver);
  show({ namedListening: 1 });
  await time.passFor(followed);
  t.equal(ownLoads.overSince(), Number.POSITIVE_INFINITY);
});

t.test('nobody is asked once nobody waits, or where PostgreSQL does not answer', async (t) => {
  const { unwant, followed, areOver, time } = await toldOn(t);
  unwant();
  await time.passFor(followed);
  t.notOk(areOver());
  const broken = createOwnLoads({
    readLoads: () => Promise.reject(new Error('away')),
    countInstances: async () => 2,
    isWanted: () => true,
  });
  await broken.follow(toldAt());
  t.equal(broken.overSince(), Number.POSITIVE_INFINITY);
});
