import t, { type Test } from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import { pursue } from '../../src/reload/pursuit.js';
import { createSightings } from '../../src/reload/sightings.js';
import type { Witness } from '../../src/reload/witness.js';
import type { Load, Loads } from '../../src/sessions/loads.js';
import { stopTime } from '../fake-timers.js';
import { idle } from '../verify/shown.js';
import { freshReport } from './reports.js';

const instances = [{ url: 'http://127.0.0.1:3000' }, { url: 'http://127.0.0.1:3001' }];
type Instance = (typeof instances)[number];
const load = (id: string): Load => ({ id, begunAt: 1_000_000, isCurrent: true, isOfCache: true });
const document: Load = { ...load('document'), isOfCache: false };
const bothLoad = [load('one'), load('other')];

/** A pursuit of what instances lack until they are in `there`; how often each is asked. */
function pursuitOf(t: Test, shown: () => Promise<Loads>, those: readonly Instance[] = instances) {
  const time = stopTime(t);
  const there = new Set<Instance>();
  const asked: { instance: Instance; at: number }[] = [];
  const witnesses = those.map(
    (instance): Witness => ({
      instance,
      staleAt: performance.now(),
      stale: { instance, error: new InstanceError('timeout', 'Whatever it is.') },
      fresh: freshReport(instance),
      isMissing: async () => {
        asked.push({ instance, at: performance.now() });
        return !there.has(instance);
      },
    }),
  );
  let looks = 0;
  const readLoads = () => {
    looks++;
    return shown();
  };
  const pursuit = pursue({ witnesses, sightings: createSightings(instances), readLoads });
  t.teardown(pursuit.stop);
  /** How often the first instance is asked in a second. */
  const questionsInASecond = async (): Promise<number> => {
    const from = performance.now();
    await time.pass(1_000);
    return asked.filter(({ instance, at }) => instance === those[0] && at > from).length;
  };
  return { time, pursuit, there, asked, questionsInASecond, looks: () => looks };
}

t.test('while all load they are asked now and then, and at once again when one is done', async (t) => {
  let loads = bothLoad;
  const { time, pursuit, there, asked, questionsInASecond } = pursuitOf(t, async () => ({ ...idle, loads }));
  const begunAt = performance.now();
  await time.pass(500);
  const rested = await questionsInASecond();
  t.ok(rested >= 2 && rested < 15, `${rested} questions`);
  const ownTimes = asked.filter(({ instance }) => instance === instances[0]).map(({ at }) => at);
  const restedAt = ownTimes.find((at, index) => (ownTimes[index + 1] ?? 0) > at + 150);
  t.ok(restedAt !== undefined && restedAt > begunAt + 120, 'that they load has to be seen for a while');

  loads = bothLoad.slice(1);
  const woken = await questionsInASecond();
  t.ok(woken >= 15, `${woken} questions`);
  for (const instance of instances) there.add(instance);
  t.ok(await time.passFor(pursuit.areTakenUp));
});

t.test('a load need not be told from other questions all the time', async (t) => {
  let looks = 0;
  const shown = async () => {
    looks++;
    return { ...idle, loads: looks === 1 ? bothLoad : bothLoad.map((each) => ({ ...each, isOfCache: false })) };
  };
  const { time, questionsInASecond } = pursuitOf(t, shown);
  await time.pass(500);
  const rested = await questionsInASecond();
  t.ok(rested >= 2 && rested < 15, `${rested} questions`);
});

t.test('one that lacks it still is asked often, as that costs no more', async (t) => {
  const { time, there, questionsInASecond } = pursuitOf(t, async () => ({ ...idle, loads: bothLoad }));
  const [, second] = instances;
  if (second !== undefined) there.add(second);
  await time.pass(500);
  const questions = await questionsInASecond();
  t.ok(questions >= 15, `${questions} questions`);
});

for (const [name, shown] of [
  ['nothing loads', async () => idle],
  ['one may be asked for an OpenAPI document', async () => ({ ...idle, loads: [load('one'), document] })],
  ['sessions are hidden', async () => ({ ...idle, loads: bothLoad, isHidden: true })],
  ['another one may be what loads', async () => ({ ...idle, loads: bothLoad, namedListening: 3 })],
  ['PostgreSQL does not answer', () => Promise.reject(new Error('away'))],
] as [string, () => Promise<Loads>][]) {
  t.test(`they are asked often where ${name}`, async (t) => {
    const { time, questionsInASecond, looks } = pursuitOf(t, shown);
    await time.passUntil('the loads were looked at', () => looks() > 0);
    const questions = await questionsInASecond();
    t.ok(questions >= 15, `${questions} questions`);
  });
}
