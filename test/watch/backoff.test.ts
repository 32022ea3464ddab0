import t from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import type { InstanceReport } from '../../src/reload/verify.js';
import { createTold } from '../../src/watch/told.js';
import { createWatcher } from '../../src/watch/watcher.js';
import { until } from '../helper.js';

const instance = { url: 'http://127.0.0.1:3000' };
const finding = {
  kind: 'missing_relation',
  object: 'public.t',
  catalog: {},
  cache: null,
  effect: '',
  remedy: '',
} as const;
const stale: InstanceReport = {
  instance,
  version: '12.0.2',
  source: 'openapi',
  schemas: ['public'],
  coverage: { role: undefined, comparedRelations: 1, hiddenRelations: 0, covers: [], doesNotCover: [] },
  findings: [finding],
  configuration: [],
};

/** A watcher of one instance that looks every 20 ms. */
function watch(reports: () => InstanceReport[]) {
  let reloads = 0;
  let verifications = 0;
  let looks = 0;
  const told: string[][] = [];
  const readFingerprint = async () => ({ schema: 'one', configuration: 'one' });
  const reload = async () => {
    reloads++;
  };
  const watcher = createWatcher({
    intervalMs: 20,
    heals: true,
    told: createTold({ readFingerprint, reload, mayBeLoading: () => false, onFailure: () => {} }),
    check: undefined,
    isAnnounced: () => false,
    countWrites: async () => String(looks++ && 0),
    verify: async () => {
      verifications++;
      return { at: new Date(), durationMs: 0, reports: reports(), catalogs: [] };
    },
    onStale: (stale) => told.push(stale.map(({ instance }) => instance.url)),
    onError: () => {},
  });
  t.teardown(watcher.stop);
  watcher.start();
  return { looks: () => looks, reloads: () => reloads, verifications: () => verifications, told };
}

t.test('an instance that stays stale is told ever more rarely', async (t) => {
  const { looks, reloads } = watch(() => [stale]);
  await until('it has looked often', () => looks() > 60);
  t.ok(reloads() >= 4 && reloads() <= 9, `${reloads()} reloads for ${looks()} looks`);
});

t.test('one that cannot be read is asked ever more rarely, and not told', async (t) => {
  const error = new InstanceError('unreachable', 'It cannot be reached.');
  const { looks, reloads, verifications } = watch(() => [{ instance, error }]);
  await until('it has looked often', () => looks() > 60);
  t.ok(verifications() >= 4 && verifications() <= 9, `${verifications()} verifications for ${looks()} looks`);
  t.equal(reloads(), 1, 'of what it may have missed before');
});

t.test('one that is fresh is left alone', async (t) => {
  const { looks, verifications } = watch(() => [{ ...stale, source: 'schema_cache', findings: [] }]);
  await until('it has looked often', () => looks() > 60);
  t.ok(verifications() <= 2, `${verifications()} verifications`);
});

t.test('it is told that one is stale, and that it is no more only when it is seen to be fresh', async (t) => {
  let reports: InstanceReport[] = [stale];
  const { told, verifications } = watch(() => reports);
  await until('it is told', () => told.length > 0);
  reports = [{ instance, error: new InstanceError('unreachable', 'It cannot be reached.') }];
  const before = verifications();
  await until('it was asked in vain', () => verifications() > before + 2);
  t.same(told, [[instance.url]]);
  reports = [{ ...stale, findings: [] }];
  await until('it is told', () => told.length > 1);
  t.same(told, [[instance.url], []]);
});
