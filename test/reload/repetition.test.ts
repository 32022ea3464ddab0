import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import t, { type Test } from 'tap';
import { InstanceError } from '../../src/postgrest/instance.js';
import { createReloader, type Reloader } from '../../src/reload/reload.js';
import { stopTime } from '../fake-timers.js';
import { idle } from '../verify/shown.js';

const instance = { url: 'http://127.0.0.1:3000' };
const session = { pid: 1, role: 'authenticator', applicationName: 'PostgREST 12.0.2', clientAddress: null };
const listeners = [{ ...session, connectedAt: new Date(), query: 'LISTEN "pgrst"' }];
const heardAfterMs = 5;

/** A PostgreSQL that sends notifications and has one lock, for copies of the reloader that wait for what never is fresh. */
function postgres(t: Test) {
  const time = stopTime(t);
  t.intercept(Math, 'random', { value: () => 0.5 });
  const copies: Reloader[] = [];
  let lockedBy: object | undefined;
  let sent = 0;

  const send = async (sender: Reloader | undefined): Promise<void> => {
    sent++;
    await delay(heardAfterMs);
    for (const copy of copies) if (copy !== sender) copy.heard();
  };

  /** A copy of which each look takes `lookMs`, and to which PostgreSQL shows loads as `shown` does. */
  const copy = (lookMs: number, shown = async () => idle): Reloader => {
    const client = {
      async query(sql: string) {
        if (sql.includes('is_listening')) return { rows: [await shown()] };
        if (sql.includes('pg_notify')) void send(reloader);
        if (sql.includes('pg_advisory_unlock')) lockedBy = undefined;
        if (!sql.includes('pg_try_advisory_lock')) return { rows: listeners };
        lockedBy ??= client;
        return { rows: [{ isOurs: lockedBy === client }] };
      },
      release() {},
    };
    const look = async () => {
      await delay(lookMs);
      const reports = [{ instance, error: new InstanceError('timeout', 'Late.') }];
      return { at: new Date(), durationMs: lookMs, reports, catalogs: [] };
    };
    const reloader = createReloader({
      pool: { ...client, connect: async () => client } as unknown as pg.Pool,
      verifier: { look, proven() {} },
      findWitnesses: async () => undefined,
      instances: [instance],
      channel: 'pgrst',
      catchUp: async () => true,
    });
    copies.push(reloader);
    return reloader;
  };

  return {
    time,
    copy,
    sent: () => sent,
    sendFromOutside: () => send(undefined),
    lock() {
      lockedBy = {};
    },
  };
}

const reload = (copy: Reloader, waitMs = 60_000) => copy.reload({ waitMs, config: false });

t.test('copies that wait for the same repeat the notification once', async (t) => {
  const { time, copy, sent } = postgres(t);
  for (const each of [copy(2_000), copy(2_000), copy(2_010)]) void reload(each);
  await time.pass(1_900);
  t.equal(sent(), 1);
  await time.pass(2_900);
  t.equal(sent(), 2);
});

t.test('what another copy repeats is not repeated by one that was about to', async (t) => {
  const { time, copy, sent } = postgres(t);
  let isSlow = false;
  const shown = async () => {
    while (isSlow) await delay(10);
    return idle;
  };
  for (const each of [copy(2_000), copy(1_900, shown)]) void reload(each);
  await time.pass(1_800);
  t.equal(sent(), 1);
  isSlow = true;
  await time.passUntil('the one repeats it', () => sent() > 1);
  await time.pass(100);
  isSlow = false;
  await time.pass(2_000);
  t.equal(sent(), 2);
});

t.test('it is not repeated for those who wait no more', async (t) => {
  const { time, copy, sent } = postgres(t);
  const reloader = copy(2_000);
  t.match(await time.passFor(reload(reloader, 1_900)), { outcome: 'deadline_passed', notifications: 1 });
  await time.pass(3_000);
  t.equal(sent(), 1);
});

for (const [what, isSent] of [
  ['others have repeated it', ({ sendFromOutside }) => sendFromOutside()],
  ['another request has had it sent', (_, reloader) => reload(reloader, 0)],
] as [string, (server: ReturnType<typeof postgres>, reloader: Reloader) => Promise<unknown>][]) {
  t.test(`once ${what} nobody is in a hurry to repeat it`, async (t) => {
    const server = postgres(t);
    const { time, copy, sent, lock } = server;
    const reloader = copy(5_000);
    void reload(reloader);
    await time.pass(2_000);
    t.equal(sent(), 1);
    lock();
    await time.pass(4_000);
    t.equal(sent(), 1, 'it is due, and another one has the lock');
    await time.passFor(isSent(server, reloader));
    await time.pass(5_000);
    t.equal(sent(), 2, 'it is due again, and another one still has the lock');
    await time.pass(5_000);
    t.equal(sent(), 3, 'but not for long');
  });
}
