import t from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import type { InstanceReport } from '../../src/reload/verify.js';
import { createTold } from '../../src/watch/told.js';
import { createWatcher } from '../../src/watch/watcher.js';
import { clockOn } from '../clock.js';
import { until } from '../helper.js';
import { freshReport, staleReport } from '../reload/reports.js';

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
}

/** A watcher of one instance that looks every 20 ms. */
function watch({ reports, schema = () => 'one', isWritten = false, isAnnounced = false }: Situation) {
  let reloads = 0;
  let readings = 0;
  let verifications = 0;
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
    intervalMs: 20,
    heals: true,
    told: createTold({
      readFingerprint,
      reload,
      loadedUntil: () => Number.NEGATIVE_INFINITY,
      onFailure: () => {},
      onUnproven: () => {},
    }),
    check: undefined,
    isAnnounced: () => isAnnounced,
    countWrites: async () => {
      looks++;
      return String(isWritten ? looks : 0);
    },
    verify: async () => {
      verifications++;
      return { at: new Date(), durationMs: 0, reports: await reports(), catalogs: [] };
    },
    onStale: (stale) => told.push(stale.map(({ instance }) => instance.url)),
    onError: () => {},
  });
  t.teardown(watcher.stop);
  watcher.start();
  const counts = { looks: () => looks, readings: () => readings, verifications: () => verifications };
  return { watcher, ...counts, reloads: () => reloads, told };
}

t.test('an instance that stays stale is told ever more rarely', async (t) => {
  const { looks, reloads } = watch({ reports: () => [stale] });
  await until('it has looked often', () => looks() > 60);
  t.ok(reloads() >= 4 && reloads() <= 9, `${reloads()} reloads for ${looks()} looks`);
});

t.test('one that cannot be read is asked ever more rarely, and not told', async (t) => {
  const error = new InstanceError('unreachable', 'It cannot be reached.');
  const { looks, reloads, verifications } = watch({ reports: () => [{ instance, error }] });
  await until('it has looked often', () => looks() > 60);
  t.ok(verifications() >= 4 && verifications() <= 9, `${verifications()} verifications for ${looks()} looks`);
  t.equal(reloads(), 1, 'of what it may have missed before');
});

t.test('nor so rarely that /health forgets it, which tells of the last 300 s', async (t) => {
  const clock = clockOn(t);
  const { verifications } = watch({ reports: () => [stale] });
  const compared = async (ms: number) => {
    const before = verifications();
    clock.pass(ms);
    await until('it is looked at again', () => verifications() > before);
  };
  for (let round = 0; round < 20; round++) await compared(600_000);
  await compared(300_000 - 20);
});

t.test('one that is fresh is left alone', async (t) => {
  const { looks, verifications } = watch({ reports: () => [{ ...fresh, source: 'schema_cache' }] });
  await until('it has looked often', () => looks() > 60);
  t.ok(verifications() <= 2, `${verifications()} verifications`);
});

t.test('it is told that one is stale, and that it is no more only when it is seen to be fresh', async (t) => {
  let reports: InstanceReport[] = [stale];
  const { told, verifications } = watch({ reports: () => reports });
  await until('it is told', () => told.length > 0);
  reports = [{ instance, error: new InstanceError('unreachable', 'It cannot be reached.') }];
  const before = verifications();
  await until('it was asked in vain', () => verifications() > before + 2);
  t.same(told, [[instance.url]]);
  reports = [fresh];
  await until('it is told', () => told.length > 1);
  t.same(told, [[instance.url], []]);
});

t.test('it looks at the catalogs only when they are written to, or it is told to', async (t) => {
  const { watcher, looks, readings } = watch({ reports: () => [fresh] });
  await until('it has looked often', () => looks() > 20);
  t.equal(readings(), 1);
  watcher.lookAgain();
  await until('it looks again', () => readings() > 1);
  const before = looks();
  await until('it has looked often', () => looks() > before + 20);
  t.equal(readings(), 2);
});

t.test('all is compared when PostgREST may have loaded what is there no more', async (t) => {
  let reports = [fresh];
  const { watcher, looks, verifications, reloads } = watch({ reports: () => reports });
  await until('it has compared', () => verifications() > 0);
  reports = [stale];
  const before = looks();
  await until('it has looked often', () => looks() > before + 20);
  t.equal(reloads(), 1, 'nothing was written');
  watcher.compareNext();
  await until('it is healed', () => reloads() > 1);
});

t.test('what comes while it compares has it compare once more', async (t) => {
  let isHeld = true;
  const reports = async () => {
    await until('it may go on', () => !isHeld);
    return [fresh];
  };
  const { watcher, looks, verifications } = watch({ reports });
  await until('it compares', () => verifications() === 1);
  watcher.compareNext();
  isHeld = false;
  await until('it compares again', () => verifications() > 1);
  const before = looks();
  await until('it has looked often', () => looks() > before + 20);
  t.equal(verifications(), 2);
});

t.test('however often all is compared, what stays stale is told ever more rarely', async (t) => {
  const { watcher, looks, verifications, reloads } = watch({ reports: () => [stale] });
  await until('it has compared often', () => {
    watcher.compareNext();
    return verifications() > 40 && looks() > 60;
  });
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
    const { looks, reloads, verifications } = watch({
      reports: () => [report],
      schema: () => schema,
      isWritten: true,
      isAnnounced,
    });
    await until('it has looked', () => looks() > 5);
    const reloadsBefore = reloads();
    const before = verifications();
    schema = 'two';
    await until('it has compared', () => verifications() > before);
    const seen = looks();
    await until('it has looked again', () => looks() > seen + 5);
    t.equal(reloads() - reloadsBefore, expected, `${report.source}, ${isAnnounced}`);
  }
});
