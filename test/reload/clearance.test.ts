import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { createClearances } from '../../src/reload/clearance.js';
import type { Load, Loads } from '../../src/sessions/loads.js';
import { idle } from '../verify/shown.js';

const load = (id: number, isCurrent: boolean): Load => ({ id: String(id), begunAt: 0, isCurrent, isOfCache: true });

/** Clearances, and what PostgreSQL shows of two instances. */
function clearancesOn() {
  let shown = idle;
  const clearances = createClearances(async () => shown);
  return {
    see: (loads: Partial<Loads>) => {
      shown = { ...idle, ...loads };
      return clearances.now();
    },
  };
}

t.test('nobody loads: what is taken up from now on was read from now on', async (t) => {
  t.match(await clearancesOn().see({}), { loading: undefined });
});

t.test('a load of what was there before is in the way, until it is over', async (t) => {
  const { see } = clearancesOn();
  t.equal(await see({ loads: [load(1, false)] }), undefined);
  t.equal(await see({ loads: [load(1, false), load(2, true)] }), undefined);
  t.match(await see({}), { loading: undefined });
});

t.test('it cannot be told', async (t) => {
  t.equal(await clearancesOn().see({ isHidden: true }), undefined, 'where sessions are hidden');
  t.equal(await clearancesOn().see({ hasStandby: true }), undefined, 'where a standby follows');
});

t.test('as long as nothing is written it holds, whatever loads since', async (t) => {
  const { see } = clearancesOn();
  const first = await see({});
  t.equal((await see({ loads: [load(1, false)] }))?.at, first?.at);
  t.equal(await see({ written: '11:11:', loads: [load(1, false)] }), undefined);
  const later = await see({ written: '11:11:' });
  t.ok(later !== undefined && first !== undefined && later.at > first.at);
});

t.test('all need not be told once all are seen to begin, in loads that are under way at the same time', async (t) => {
  const { see } = clearancesOn();
  t.match(await see({ loads: [load(1, true)] }), { listening: 2, loading: undefined });
  t.match(await see({ loads: [load(2, true)] }), { loading: undefined }, 'it may be the same instance again');
  t.match(await see({ loads: [load(2, false), load(3, true)] }), { loading: 2 });
  t.match(await see({ loads: [load(2, false), load(3, false)] }), { loading: 2 });
  t.match(await see({ loads: [load(3, false)] }), { loading: undefined }, 'one is over: it may have failed');
  t.match(await see({}), { loading: undefined });
});

t.test('neither what is no load nor what others load counts', async (t) => {
  const { see } = clearancesOn();
  const document = { ...load(2, true), isOfCache: false };
  t.match(await see({ loads: [load(1, true), document] }), { loading: undefined });
  const loads = [load(1, true), load(2, true)];
  t.match(await clearancesOn().see({ loads, listening: 3, namedListening: 3 }), { loading: undefined });
});

t.test('however often somebody asks for a look, few are taken', async (t) => {
  let looks = 0;
  const { sample } = createClearances(async () => {
    looks++;
    await setImmediate();
    return idle;
  });
  await Promise.all(Array.from({ length: 500 }, sample));
  t.equal(looks, 2);
});
