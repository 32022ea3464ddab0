import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import type { InstanceReport } from '../../src/verify/verify.js';
import { createTold } from '../../src/watch/told.js';
import { createWatcher } from '../../src/watch/watcher.js';
import { freshReport, staleReport } from '../reload/reports.js';
import { createClock } from '../stepping-clock.js';

const instance = { url: 'http://127.0.0.1:3000' };
const stale = staleReport(instance);
const fresh = freshReport(instance);

interface Situation {
  reports(): InstanceReport[] | Promise<InstanceReport[]>;
  /** What is in the catalogs. */
  schema?(): string;
  /** Whether somebody writes to them all the time. */
  isWritten?: boolean;
  isAnnounced?: boolean;
  intervalMs?: number;
}

/** A watcher of one instance, on a clock of the test's, that has looked once. */
async function watch(situation: Situation) {
  const { reports, schema = () => 'one', isWritten = false, isAnnounced = false, intervalMs = 20 } = situation;
  const clock = createClock();
  let reloads = 0;
  let readings = 0;
  const comparedAt: number[] = [];
  let looks = 0;
  const told: string[][] = [];
  const readFingerprint = async () => {
    readings++;
    return { schema: schema(), isPartial: false, configuration: 'one' };
  };
  const reload = async () => {
    reloads++;
    return true;
  };
  const watcher = createWatcher({
    intervalMs,
    heals: true,
    told: createTold({
      readFingerprint,
      reload,
      loadedUntil: () => Number.NEGATIVE_INFINITY,
      onFailure: () => {},
      onUnproven: () => {},
      now: clock.now,
      delay: clock.delay,
    }),
    check: undefined,
    isAnnounced: () => isAnnounced,
    countWrites: async () => {
      looks++;
      return String(isWritten ? looks : 0);
    },
    verify: async () => {
      comparedAt.push(clock.now());
      return { at: new Date(), durationMs: 0, reports: await reports(), catalogs: [] };
    },
    onStale: (stale) => told.push(stale.map(({ instance }) => instance.url)),
    onError: () => {},
    now: clock.now,
    delay: clock.delay,
  });
  t.teardown(watcher.stop);
  watcher.start();
  await clock.pass(0);
  /** Has it look so many times more. */
  const look = async (times: number) => {
    await clock.pass(times * intervalMs);
  };
  const counts = { looks: () => looks, readings: () => readings, verifications: () => comparedAt.length };
  return { watcher, look, ...counts, comparedAt, reloads: () => reloads, told };
}

t.test('an instance that stays stale is told ever more rarely', async (t) => {
  const { look, looks, reloads } = await watch({ reports: () => [stale] });
  await look(60);
  t.equal(looks(), 61);
  t.ok(reloads() >= 4 && reloads() <= 9, `${reloads()} reloads for ${looks()} looks`);
});

t.test('one that cannot be read is asked ever more rarely, and not told', async (t) => {
  const error = new InstanceError('unreachable', 'It cannot be reached.');
  const { look, looks, reloads, verifications } = await watch({ reports: () => [{ instance, error }] });
  await look(60);
  t.ok(verifications() >= 4 && verifications() <= 9, `${verifications()} verifications for ${looks()} looks`);
  t.equal(reloads(), 1, 'of what it may have missed before');
});

t.test('nor so rarely that /health forgets it, which tells of the last 300 s', async (t) => {
  const intervalMs = 1_000;
  const { look, comparedAt } = await watch({ reports: () => [stale], intervalMs });
  await look(6_000);
  const rests = comparedAt.slice(1).map((at, index) => at - (comparedAt[index] ?? 0));
  t.ok(rests.length > 20, `${rests.length} rests`);
  const longest = Math.max(...rests);
  t.ok(longest > 200_000 && longest <= 300_000 - intervalMs, `${longest} ms`);
});

t.test('one that is fresh is left alone', async (t) => {
  const { look, verifications } = await watch({ reports: () => [{ ...fresh, source: 'schema_cache' }] });
  await look(60);
  t.ok(verifications() <= 2, `${verifications()} verifications`);
});

t.test('it is told that one is stale, and that it is no more only when it is seen to be fresh', async (t) => {
  let reports: InstanceReport[] = [stale];
  const { told, look, verifications } = await watch({ reports: () => reports });
  t.same(told, [[instance.url]]);
  reports = [{ instance, error: new InstanceError('unreachable', 'It cannot be reached.') }];
  const before = verifications();
  await look(60);
  t.ok(verifications() > before + 2, 'it was asked in vain');
  t.same(told, [[instance.url]]);
  reports = [fresh];
  await look(60);
  t.same(told, [[instance.url], []]);
});

t.test('it looks at the catalogs only when they are written to, or it is told to', async (t) => {
  const { watcher, look, readings } = await watch({ reports: () => [fresh] });
  await look(20);
  t.equal(readings(), 1);
  watcher.lookAgain();
  await look(1);
  t.equal(readings(), 2);
  await look(20);
  t.equal(readings(), 2);
});

t.test('all is compared when PostgREST may have loaded what is there no more', async (t) => {
  let reports = [fresh];
  const { watcher, look, verifications, reloads } = await watch({ reports: () => reports });
  t.equal(verifications(), 1);
  reports = [stale];
  await look(20);
  t.equal(reloads(), 1, 'nothing was written');
  watcher.compareNext();
  await look(1);
  t.equal(reloads(), 2, 'it is healed');
});

t.test('what comes while it compares has it compare once more', async (t) => {
  const gate = new EventEmitter();
  const held = once(gate, 'opened');
  const reports = async () => {
    await held;
    return [fresh];
  };
  const { watcher, look, verifications } = await watch({ reports });
  t.equal(verifications(), 1, 'it compares');
  watcher.compareNext();
  gate.emit('opened');
  await look(20);
  t.equal(verifications(), 2);
});

t.test('however often all is compared, what stays stale is told ever more rarely', async (t) => {
  const { watcher, look, looks, verifications, reloads } = await watch({ reports: () => [stale] });
  for (let round = 0; round < 60; round++) {
    watcher.compareNext();
    await look(1);
  }
  t.ok(verifications() > 40 && looks() > 60, `${verifications()} verifications for ${looks()} looks`);
  t.ok(reloads() < 10, `told ${reloads()} times`);
});

t.test('what changed is told, be all fresh as far as it is seen, unless others have told it', async (t) => {
  const whole: InstanceReport = { ...fresh, source: 'schema_cache' };
  for (const [report, isAnnounced, expected] of [
    [fresh, false, 1],
    [fresh, true, 0],
    [whole, false, 0],
  ] as const) {
    let schema = 'one';
    const { look, reloads, verifications } = await watch({
      reports: () => [report],
      schema: () => schema,
      isWritten: true,
      isAnnounced,
    });
    await look(5);
    const reloadsBefore = reloads();
    const before = verifications();
    schema = 'two';
    await look(1);
    t.ok(verifications() > before, 'it has compared');
    await look(5);
    t.equal(reloads() - reloadsBefore, expected, `${report.source}, ${isAnnounced}`);
  }
});

t.test(
  'one whose loads fail is stale until they do no more, is compared, and is not told again and again',
  async (t) => {
    let reports: InstanceReport[] = [{ ...fresh, loadFailure: 'Its loads fail.' }];
    const { told, look, verifications, reloads } = await watch({ reports: () => reports });
    t.same(told, [[instance.url]]);
    const before = verifications();
    await look(60);
    t.ok(verifications() > before + 2 && verifications() < before + 9, `${verifications()} verifications`);
    t.same(told, [[instance.url]]);
    t.equal(reloads(), 1, 'of what it may have missed before');
    reports = [fresh];
    await look(60);
    t.same(told, [[instance.url], []]);
  },
);
