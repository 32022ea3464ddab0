import t, { type Test } from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import type { Pursuit } from '../../src/reload/pursuit.js';
import { createSearch } from '../../src/reload/search.js';
import { createSightings } from '../../src/reload/sightings.js';
import type { Witness } from '../../src/reload/witness.js';
import type { InstanceReport } from '../../src/verify/verify.js';
import { stopTime } from '../fake-timers.js';
import { idle } from '../verify/shown.js';

const instances = [{ url: 'http://127.0.0.1:3000' }, { url: 'http://127.0.0.1:3001' }];
type Instance = (typeof instances)[number];
type Find = (witnesses: Witness[]) => Promise<Witness[] | undefined>;

/** A search among two instances which lack something until they are in `there`, and answer until they are in `away`. */
function searchOn(t: Test, find: Find = async (witnesses) => witnesses) {
  const time = stopTime(t);
  const there = new Set<Instance>();
  const away = new Set<Instance>();
  let searches = 0;
  let questions = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const reportOf = (instance: Instance): InstanceReport => ({
    instance,
    error: new InstanceError('timeout', 'Whatever it is.'),
  });
  const witnessOf = (instance: Instance): Witness => ({
    instance,
    staleAt: performance.now(),
    stale: reportOf(instance),
    fresh: reportOf(instance),
    isMissing: async () => {
      questions++;
      if (away.has(instance)) throw new InstanceError('unreachable', 'It is away.');
      return !there.has(instance);
    },
  });
  const search = createSearch({
    findWitnesses() {
      searches++;
      return find(instances.map(witnessOf));
    },
    sightings: createSightings(instances),
    readLoads: async () => idle,
    toldAt: () => toldAt,
  });
  t.teardown(() => search.unwant());
  const tell = () => {
    toldAt = performance.now();
  };
  const areTakenUp = (pursuit: Pursuit | undefined) => time.passFor(Promise.resolve(pursuit?.areTakenUp));
  const untilAsked = async (times: number) => {
    const before = questions;
    await time.passUntil('they are asked', () => questions >= before + times * instances.length);
  };
  /** That nothing is asked for several times as long as it would take. */
  const isQuiet = async () => {
    await time.pass(0);
    const before = questions;
    await time.pass(100);
    t.equal(questions, before, 'nothing is asked any more');
  };
  /** Has all of them take up what they lack when they are next asked, which they are every 16 ms. */
  const takeUp = async () => {
    const pursuit = await search.take(clearance(0));
    for (const instance of instances) there.add(instance);
    t.equal(await areTakenUp(pursuit), true);
    pursuit?.stop();
    there.clear();
  };
  return {
    time,
    search,
    there,
    away,
    areTakenUp,
    tell,
    takeUp,
    searches: () => searches,
    untilAsked,
    isQuiet,
  };
}

/** Nothing was in the way `agoMs` ago, when as many listened. */
const clearance = (agoMs: number, listening = instances.length) => ({
  at: performance.now() - agoMs,
  listening,
  loading: undefined,
});

t.test('as long as it can prove something for all who come they share it', async (t) => {
  const { search, searches, there, untilAsked, isQuiet } = searchOn(t);
  search.begin();
  search.begin();
  const first = await search.take(clearance(0));
  t.match(
    first?.witnesses,
    instances.map((instance) => ({ instance })),
  );
  search.unwant();
  search.begin();
  const second = await search.take(clearance(0));
  search.unwant();
  t.equal(searches(), 1);
  first?.stop();
  first?.stop();
  await untilAsked(2);
  second?.stop();
  await isQuiet();
  for (const instance of instances) there.add(instance);
  search.begin();
  t.equal(searches(), 2, 'and when it is over those who come have one of their own');
});

t.test('what every instance takes up proves what was clear before it was last seen missing', async (t) => {
  const { time, search, there, untilAsked, areTakenUp } = searchOn(t);
  search.begin();
  const early = clearance(1_000);
  await untilAsked(2);
  t.notOk(search.hasProven(early));
  for (const instance of instances.slice(0, 1)) there.add(instance);
  await untilAsked(2);
  t.notOk(search.hasProven(early), 'one still lacks it');
  for (const instance of instances) there.add(instance);
  await time.passUntil('it is proven', () => search.hasProven(early));
  t.notOk(search.hasProven(clearance(0)), 'the load may be one that was under way');
  t.notOk(search.hasProven({ ...early, listening: 1 }), 'one does not hear of what is sent');
  t.ok(await areTakenUp(await search.take(early)));
});

t.test('what was taken up too early is looked for anew', async (t) => {
  const { search, there, searches, untilAsked } = searchOn(t);
  for (const instance of instances) there.add(instance);
  search.begin();
  await untilAsked(1);
  there.clear();
  const pursuit = await search.take(clearance(0));
  t.equal(searches(), 2);
  t.equal(pursuit?.isOver(), false);
  pursuit?.stop();
});

t.test('where fewer listen than there are nothing is proven, nor looked for anew', async (t) => {
  const { search, searches, isQuiet } = searchOn(t);
  search.begin();
  t.equal(await search.take(clearance(0, 1)), undefined);
  t.equal(searches(), 1);
  search.unwant();
  await isQuiet();
});

t.test('what somebody has given up serves no newcomer, and others go on', async (t) => {
  const { search, searches, untilAsked } = searchOn(t);
  search.begin();
  const first = await search.take(clearance(0));
  const second = await search.take(clearance(0));
  first?.stop();
  search.begin();
  t.equal(searches(), 2, 'it may have been dropped again');
  search.unwant();
  await untilAsked(2);
  second?.stop();
});

t.test('what is held of the past is bounded', async (t) => {
  const { search, there, searches, areTakenUp } = searchOn(t);
  const taken = [];
  for (let batch = 0; batch < 6; batch++) {
    search.begin();
    const pursuit = await search.take(clearance(0));
    taken.push(pursuit);
    (await search.take(clearance(0)))?.stop();
  }
  t.equal(searches(), 6);
  for (const pursuit of taken.slice(0, 2)) t.equal(await areTakenUp(pursuit), false, 'the oldest are ended');
  for (const instance of instances) there.add(instance);
  for (const pursuit of taken.slice(2)) t.equal(await areTakenUp(pursuit), true);
});

t.test('once nobody wants it nothing is asked any more', async (t) => {
  const { search, untilAsked, isQuiet } = searchOn(t);
  search.begin();
  await untilAsked(1);
  t.ok(search.isWanted());
  search.unwant();
  t.notOk(search.isWanted());
  await isQuiet();
});

for (const [why, find] of [
  ['there is nothing', async () => undefined],
  ['it fails', () => Promise.reject(new Error('away'))],
] as [string, Find][]) {
  t.test(`where nothing is found because ${why} it is looked for again now and then, however many come`, async (t) => {
    const { time, search, searches } = searchOn(t, find);
    search.begin();
    t.equal(await search.take(clearance(0)), undefined);
    t.equal(searches(), 1);
    const startedAt = performance.now();
    await time.passUntil('it is looked for again', () => {
      search.begin();
      return searches() > 1;
    });
    t.ok(performance.now() >= startedAt + 150);
  });
}

t.test('what cannot be asked proves nothing, and nothing else is asked', async (t) => {
  const { search, searches, away, untilAsked, isQuiet, areTakenUp } = searchOn(t);
  search.begin();
  const early = clearance(1_000);
  const taken = await search.take(early);
  await untilAsked(1);
  for (const instance of instances.slice(1)) away.add(instance);
  t.equal(await areTakenUp(taken), false);
  await isQuiet();
  t.notOk(search.hasProven(early));
  away.clear();
  const anew = await search.take(early);
  t.equal(searches(), 2);
  t.equal(anew?.hasFailed(), false);
  taken?.stop();
  anew?.stop();
});

t.test('what is missing for long serves no newcomer, and is asked no more', async (t) => {
  const { time, search, searches, areTakenUp } = searchOn(t);
  search.begin();
  const first = await search.take(clearance(0));
  time.jump(31_000);
  search.begin();
  t.equal(searches(), 2);
  t.equal(await areTakenUp(first), false);
});

t.test('where loads take long it waits until PostgREST, told just now, has connected anew', async (t) => {
  const { time, search, tell, takeUp, searches } = searchOn(t);
  tell();
  search.begin();
  t.equal(searches(), 1, 'nothing is known of the first one');
  // They take it up 208 ms after they were asked first.
  await time.pass(9);
  tell();
  await time.pass(190);
  await takeUp();
  tell();
  search.begin();
  t.equal(searches(), 2, 'the last one was quick');
  await time.pass(8);
  tell();
  await time.pass(191);
  await takeUp();
  tell();
  await time.pass(20);
  const begunAt = performance.now();
  search.begin();
  t.equal(searches(), 2);
  await time.passUntil('it is looked for', () => searches() === 3);
  t.equal(performance.now() - begunAt, 40, 'for the 40 ms that are left');
  await time.pass(200);
  await takeUp();
  tell();
  await time.pass(60);
  search.begin();
  t.equal(searches(), 4, 'that was a while ago');
});

t.test('how long a load takes counts from when PostgREST was told, and until the first has it', async (t) => {
  const { time, search, there, tell, searches, untilAsked, areTakenUp } = searchOn(t);
  search.begin();
  const pursuit = await search.take(clearance(0));
  // The first takes it up 400 ms after it was asked first, which is 199 ms after this.
  await time.pass(201);
  tell();
  await time.pass(190);
  for (const instance of instances.slice(0, 1)) there.add(instance);
  await untilAsked(2);
  await time.pass(200);
  for (const instance of instances) there.add(instance);
  t.equal(await areTakenUp(pursuit), true);
  pursuit?.stop();
  tell();
  search.begin();
  t.equal(searches(), 2);
});

t.test('where it was told after the first had it, that says nothing of how long a load takes', async (t) => {
  const { time, search, there, tell, takeUp, searches, untilAsked, areTakenUp } = searchOn(t);
  search.begin();
  await time.pass(200);
  await takeUp();
  search.begin();
  const pursuit = await search.take(clearance(0));
  await time.pass(300);
  for (const instance of instances.slice(0, 1)) there.add(instance);
  await untilAsked(2);
  await time.pass(10);
  tell();
  for (const instance of instances) there.add(instance);
  t.equal(await areTakenUp(pursuit), true);
  pursuit?.stop();
  search.begin();
  t.equal(searches(), 2, 'the one before still counts');
});

t.test('where nothing was found it waits no more', async (t) => {
  const found = [true, false, true];
  const { time, search, tell, takeUp, searches } = searchOn(t, async (witnesses) =>
    found.shift() ? witnesses : undefined,
  );
  search.begin();
  await time.pass(200);
  await takeUp();
  t.equal(await search.take(clearance(0)), undefined);
  await time.pass(201);
  tell();
  search.begin();
  t.equal(searches(), 3);
});

t.test('what nobody wants any more when it has waited is not looked for', async (t) => {
  const { time, search, tell, takeUp, searches } = searchOn(t);
  search.begin();
  await time.pass(200);
  await takeUp();
  tell();
  search.begin();
  search.unwant();
  await time.pass(100);
  t.equal(searches(), 1);
});

t.test('what was looked for anew for one who gives it up is asked no more', async (t) => {
  const { search, there, searches, untilAsked, isQuiet } = searchOn(t);
  for (const instance of instances) there.add(instance);
  search.begin();
  await untilAsked(1);
  there.clear();
  const taken = search.take(clearance(0));
  search.unwant();
  const pursuit = await taken;
  t.equal(searches(), 2);
  await untilAsked(1);
  pursuit?.stop();
  await isQuiet();
});
