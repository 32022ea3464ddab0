import t, { type Test } from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import { createSearch } from '../../src/reload/search.js';
import { createSightings } from '../../src/reload/sightings.js';
import type { InstanceReport } from '../../src/reload/verify.js';
import type { Witness } from '../../src/reload/witness.js';
import { until } from '../helper.js';

const instances = [{ url: 'http://127.0.0.1:3000' }, { url: 'http://127.0.0.1:3001' }];
type Instance = (typeof instances)[number];

/** A search among two instances which lack something until they are in `there`. */
function searchOn(t: Test, find = async (witnesses: Witness[]): Promise<Witness[] | undefined> => witnesses) {
  const there = new Set<Instance>();
  const sightings = createSightings(instances);
  let searches = 0;
  let questions = 0;
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
      return !there.has(instance);
    },
  });
  const search = createSearch(() => {
    searches++;
    return find(instances.map(witnessOf));
  }, sightings);
  t.teardown(() => search.stop());
  return { search, there, searches: () => searches, questions: () => questions };
}

/** Nothing was in the way `agoMs` ago, when as many listened. */
const clearance = (agoMs: number, listening = instances.length) => ({
  at: performance.now() - agoMs,
  listening,
  loading: undefined,
});

t.test('all who come before it is taken share it', async (t) => {
  const { search, searches } = searchOn(t);
  search.begin();
  search.begin();
  const pursuit = await search.take(clearance(0));
  t.match(
    pursuit?.witnesses,
    instances.map((instance) => ({ instance })),
  );
  pursuit?.stop();
  t.equal(searches(), 1);
  t.notOk(search.isUnderWay());
  (await search.take(clearance(0)))?.stop();
  t.equal(searches(), 2, 'and those who come after it have one of their own');
});

t.test('what every instance takes up proves what was clear before it was last seen missing', async (t) => {
  const { search, there, questions } = searchOn(t);
  search.begin();
  const early = clearance(1_000);
  await until('all are asked', () => questions() > 2 * instances.length);
  t.notOk(search.hasProven(early));
  for (const instance of instances.slice(0, 1)) there.add(instance);
  const asked = questions();
  await until('all are asked', () => questions() > asked + instances.length);
  t.notOk(search.hasProven(early), 'one still lacks it');
  for (const instance of instances) there.add(instance);
  await until('it is proven', () => search.hasProven(early));
  t.notOk(search.hasProven(clearance(0)), 'the load may be one that was under way');
  t.notOk(search.hasProven({ ...early, listening: 1 }), 'one does not hear of what is sent');
  t.ok(await (await search.take(early))?.areTakenUp);
});

t.test('what was taken up too early is looked for anew', async (t) => {
  const { search, there, searches, questions } = searchOn(t);
  for (const instance of instances) there.add(instance);
  search.begin();
  await until('all are asked', () => questions() >= instances.length);
  there.clear();
  const pursuit = await search.take(clearance(0));
  t.equal(searches(), 2);
  t.equal(pursuit?.isOver(), false);
  pursuit?.stop();
});

t.test('nothing is asked any more once it is stopped, and what is not needed is not looked for', async (t) => {
  for (const stop of [searchOn(t), searchOn(t)].map(({ search, questions }, index) => ({ search, questions, index }))) {
    const { search, questions, index } = stop;
    search.begin();
    await until('all are asked', () => questions() > 0);
    if (index === 0) search.stop();
    else t.equal(await search.take(undefined), undefined);
    await until('what is under way is over', async () => {
      const asked = questions();
      await new Promise((resolve) => setTimeout(resolve, 40));
      return questions() === asked;
    });
    t.notOk(search.isUnderWay());
  }
  const { search, searches } = searchOn(t);
  t.equal(await search.take(undefined), undefined);
  t.equal(searches(), 0);
});

t.test('where nothing is found, or looking fails, there is nothing to take', async (t) => {
  for (const find of [async () => undefined, () => Promise.reject(new Error('away'))]) {
    const { search, searches } = searchOn(t, find);
    search.begin();
    t.equal(await search.take(clearance(0)), undefined);
    t.equal(searches(), 1);
  }
});
