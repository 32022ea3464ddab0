import t from 'tap';
import { createSightings } from '../../src/reload/sightings.js';
import { freshReport, staleReport } from './reports.js';

const instance = { url: 'http://127.0.0.1:3000' };
const fresh = freshReport(instance);
const stale = staleReport(instance);

t.test(
  'it was as it was first seen since somebody came, and is fresh since it was last seen to become so',
  async (t) => {
    const sightings = createSightings([instance]);
    const cameAt = performance.now();
    sightings.saw(stale, cameAt - 1);
    sightings.saw(stale, cameAt + 1);
    const told = sightings.course(instance.url, cameAt, cameAt);
    t.same(told, { wasFresh: false, freshAt: undefined });
    sightings.saw(fresh, cameAt + 2);
    const { wasFresh, freshAt } = sightings.course(instance.url, cameAt, cameAt);
    t.equal(wasFresh, false);
    t.ok(freshAt !== undefined && freshAt >= cameAt);
    t.equal(sightings.course(instance.url, cameAt, cameAt + 3).freshAt, undefined, 'what was seen before it was told');
  },
);

t.test('one thing that is there does not tell that it was fresh, a comparison does', async (t) => {
  const sightings = createSightings([instance]);
  const cameAt = performance.now();
  sightings.saw(fresh, cameAt);
  t.equal(sightings.course(instance.url, cameAt, cameAt).wasFresh, undefined);
  sightings.began([instance]);
  sightings.reported(fresh);
  t.equal(sightings.course(instance.url, cameAt, cameAt).wasFresh, true);
});

t.test('what was seen before says nothing, nor does what is of no instance any more', async (t) => {
  const other = { url: 'http://127.0.0.1:3001' };
  const sightings = createSightings([instance]);
  const now = performance.now();
  sightings.saw(fresh, now);
  t.match(sightings.since(now), [fresh]);
  t.match(sightings.since(now + 1), [{ instance, error: { code: 'timeout' } }]);
  sightings.know([other]);
  t.match(sightings.since(now), [{ instance: other, error: { code: 'timeout' } }]);
});
