import t from 'tap';
import { recordReloads } from '../../src/reload/history.js';
import type { ReloadResult } from '../../src/reload/reload.js';
import { deadlinesOf } from '../deadlines.js';
import { appOn, appWith, sandboxFor, until } from '../helper.js';

const unreachable = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/postgres', POSTGREST_URLS: 'http://127.0.0.1:1' };

t.test('reloads are told with who asked, why, and what became of them', async (t) => {
  const sandbox = await sandboxFor(t);
  const [read, deploy] = ['read-token-0123456789', 'deploy-token-0123456789'];
  const app = await appOn(t, sandbox, {
    POSTGREST_URLS: `${sandbox.postgrestUrl},http://127.0.0.1:1`,
    API_TOKENS: `monitor:read:${read},ci:reload:${deploy}`,
  });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const list = async () => (await app.inject({ url: '/schema/reloads', headers: as(read) })).json();
  const before = await list();
  t.same(before.reloads, []);
  t.ok(Date.parse(before.since) <= Date.now());

  const reload = (payload: object) =>
    app.inject({ method: 'POST', url: '/schema/reload', headers: as(deploy), payload });
  const deadlines = deadlinesOf(t, 123);
  const waited = reload({ reason: 'deploy 42', wait: 123 });
  await until('the one that answers is seen to be fresh', async () => {
    const { checks } = (await app.inject({ url: '/health', headers: as(read) })).json();
    return checks.drift[0].output === 'Not read: http://127.0.0.1:1.';
  });
  deadlines.pass();
  await waited;
  await reload({ wait: 0, config: true });
  t.match((await list()).reloads, [
    { caller: 'ci', reason: null, config: true, outcome: 'notified', notifications: 1, instances: [] },
    {
      at: /^\d{4}-.*Z$/,
      caller: 'ci',
      reason: 'deploy 42',
      config: false,
      outcome: 'deadline_passed',
      instances: [
        { url: sandbox.postgrestUrl, fresh: true, detail: null },
        { url: 'http://127.0.0.1:1', fresh: false, detail: /ECONNREFUSED/ },
      ],
    },
  ]);
  t.equal((await app.inject('/schema/reloads')).statusCode, 401);
});

t.test('one that could not be sent is told too', async (t) => {
  const app = await appWith(t, unreachable);
  await app.inject({ method: 'POST', url: '/schema/reload', payload: { reason: 'in vain' } });
  const { reloads } = (await app.inject('/schema/reloads')).json();
  t.match(reloads, [{ outcome: 'failed', reason: 'in vain', caller: null, notifications: 0, instances: [] }]);
});

t.test('the last 200 are kept, the newest first', async (t) => {
  const listeners = { listening: [], elsewhere: [], complete: true };
  const result: ReloadResult = {
    outcome: 'notified',
    isAnnounced: true,
    durationMs: 1,
    notifiedAfterMs: 1,
    notifications: 1,
    listeners,
    instances: [],
  };
  const reloader = recordReloads({ reload: async () => result });
  for (let number = 0; number < 250; number++) {
    await reloader.reload({ waitMs: 0, config: false }, { caller: undefined, cause: 'call', reason: String(number) });
  }
  t.equal(reloader.records().length, 200);
  t.match([reloader.records()[0], reloader.records()[199]], [{ reason: '249' }, { reason: '50' }]);
});
