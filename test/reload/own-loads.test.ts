import t, { type Test } from 'tap';
import type { Load, Loads } from '../../src/catalog/loads.js';
import { createOwnLoads } from '../../src/reload/own-loads.js';
import { until } from '../helper.js';

const idle: Loads = { written: '', loads: [], listening: 2, namedListening: 2, isHidden: false, hasStandby: false };
const load = (id: string, isOfCache = true): Load => ({ id, isCurrent: true, isOfCache });

/** The loads of two instances that have just been told, of which PostgreSQL shows what can be set. */
async function toldOn(t: Test, first: Partial<Loads> = {}) {
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
    return until('the loads are read', () => reads > before + 1);
  };
  ownLoads.expect();
  const followed = ownLoads.follow();
  await until('the loads are read', () => reads > 1);
  return {
    ownLoads,
    areOver,
    followed,
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

t.test('they are over when every instance was seen to load, and none does any more', async (t) => {
  const { see, ownLoads, followed } = await toldOn(t);
  t.notOk(await see({}), 'they may be still to come');
  t.notOk(await see({ loads: [load('one')] }));
  t.notOk(await see({}), 'the other one may be still to come');
  const at = performance.now();
  t.notOk(await see({ loads: [load('other')] }));
  await Promise.all([followed, see({})]);
  t.ok(ownLoads.overSince() >= at + 200, 'what they were told while they loaded they load now');
});

t.test('what was under way before does not count, nor what may be no load', async (t) => {
  const { see } = await toldOn(t, { loads: [load('earlier')] });
  t.notOk(await see({ loads: [load('earlier'), load('one')] }));
  t.notOk(await see({ loads: [load('configuration', false)] }));
  t.notOk(await see({}));
});

for (const [name, unclear] of [
  ['sessions are hidden', { isHidden: true }],
  ['a standby follows', { hasStandby: true }],
  ['an instance does not listen', { listening: 1, namedListening: 1 }],
  ['a session that listens has another name', { namedListening: 1 }],
  ['others listen', { listening: 3, namedListening: 3 }],
] as const) {
  t.test(`it cannot be told where ${name}`, async (t) => {
    const { areOver, followed } = await toldOn(t, { loads: [], ...unclear });
    await followed;
    t.notOk(areOver());
  });
}

t.test('another notification has them load again, even while it is seen that they are over', async (t) => {
  let reads = 0;
  let loadsUntil = Number.POSITIVE_INFINITY;
  const ownLoads = createOwnLoads({
    readLoads: async () => {
      reads++;
      const now = performance.now();
      if (reads === 2) loadsUntil = now;
      if (now >= loadsUntil + 190) ownLoads.expect();
      return { ...idle, loads: reads === 2 ? [load('one'), load('other')] : [] };
    },
    countInstances: async () => 2,
    isWanted: () => true,
  });
  ownLoads.expect();
  await ownLoads.follow();
  t.equal(ownLoads.overSince(), Number.POSITIVE_INFINITY);
});

t.test('nobody is asked once nobody waits, or where PostgreSQL does not answer', async (t) => {
  const { unwant, followed, areOver } = await toldOn(t);
  unwant();
  await followed;
  t.notOk(areOver());
  const broken = createOwnLoads({
    readLoads: () => Promise.reject(new Error('away')),
    countInstances: async () => 2,
    isWanted: () => true,
  });
  await broken.follow();
  t.equal(broken.overSince(), Number.POSITIVE_INFINITY);
});
