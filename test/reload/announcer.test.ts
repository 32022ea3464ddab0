import t, { type Test } from 'tap';
import { type AnnouncerOptions, createAnnouncer } from '../../src/reload/announcer.js';
import type { Waiter } from '../../src/reload/waiter.js';
import { stopTime } from '../fake-timers.js';

/** Somebody who has come now. */
const comer = (config = false): Waiter => ({
  request: { waitMs: 1_000, config },
  startedAt: performance.now(),
  announcedAt: Number.POSITIVE_INFINITY,
  notifiedAt: [],
  clearance: undefined,
  listeners: { listening: [], elsewhere: [], complete: true },
  isSettled: false,
  settle() {},
  fail() {},
});

/** An announcer, what it did for whom, and the time that it lives in. */
function announcerOn(t: Test, options: Partial<AnnouncerOptions>) {
  const time = stopTime(t);
  t.intercept(Math, 'random', { value: () => 0.5 });
  const done: [what: string, waiters: readonly Waiter[]][] = [];
  const announcer = createAnnouncer({
    join: async () => false,
    send: async (waiters, isUrgent) => {
      done.push([isUrgent ? 'urgent' : 'sent', waiters]);
      return true;
    },
    served: async (waiters) => {
      done.push(['served', waiters]);
      return true;
    },
    catchUp: async () => true,
    meanwhile: async () => {},
    isLoading: async () => false,
    ...options,
  });
  return { announcer, done, time };
}

t.test('those who come together share one notification', async (t) => {
  const { announcer, done, time } = announcerOn(t, {});
  const comers = [comer(), comer(true), comer()];
  for (const each of comers) announcer.add(each);
  await time.passUntil('it is sent', () => done.length > 0);
  t.same(done, [['sent', comers]]);
});

t.test('whoever is served by a load that is under way has nothing sent', async (t) => {
  const joined: Waiter[] = [];
  const { announcer, done, time } = announcerOn(t, { join: async (waiters) => joined.push(...waiters) > 0 });
  const one = comer();
  announcer.add(one);
  await time.passUntil('it has joined', () => joined.length > 0);
  t.same([joined, done], [[one], []]);
});

t.test('a load that is over has time to be taken up, and may serve then', async (t) => {
  let seen = 0;
  let asked = 0;
  const { announcer, done, time } = announcerOn(t, {
    isLoading: async () => ++seen === 1,
    join: async () => seen > 1 && ++asked > 1,
  });
  announcer.heard();
  const one = comer();
  announcer.add(one);
  await time.passUntil('it has joined', () => asked > 1);
  await time.pass(600);
  t.same(done, []);
});

t.test('what others send while one is about to send serves them too, once', async (t) => {
  let sends = 0;
  const { announcer, done, time } = announcerOn(t, {
    send: async () => {
      sends++;
      if (sends === 1) announcer.heard();
      return sends > 1;
    },
  });
  const one = comer();
  announcer.add(one);
  await time.passUntil('it is served', () => done.length > 0);
  await time.pass(600);
  t.same([done, sends], [[['served', [one]]], 1]);
});

t.test('what others send serves those of whom it is known that they came before', async (t) => {
  let hasCaughtUp = false;
  const { announcer, done, time } = announcerOn(t, {
    catchUp: async () => hasCaughtUp,
    isLoading: async () => true,
  });
  const [early, configuring] = [comer(), comer(true)];
  announcer.heard();
  announcer.add(early);
  announcer.add(configuring);
  await time.pass(60);
  announcer.heard();
  t.same(done, [], 'it may have been sent before they came');
  hasCaughtUp = true;
  await time.pass(90);
  announcer.heard();
  t.same(done, [['served', [early]]], 'but it does not reload the configuration');
});

t.test('nobody is kept for long from having one sent', async (t) => {
  let refusals = 0;
  const sent: Waiter[] = [];
  const { announcer, time } = announcerOn(t, {
    send: async (waiters, isUrgent) => {
      if (isUrgent) sent.push(...waiters);
      else refusals++;
      return isUrgent;
    },
  });
  const one = comer();
  announcer.add(one);
  await time.passUntil('it is sent', () => sent.length > 0);
  t.ok(refusals > 0);
  t.ok(performance.now() < one.startedAt + 2_000);
});

t.test('nor by those who send all the time', async (t) => {
  const { announcer, done, time } = announcerOn(t, { catchUp: async () => false, isLoading: async () => true });
  announcer.heard();
  const storm = setInterval(announcer.heard, 20);
  t.teardown(() => clearInterval(storm));
  const one = comer();
  announcer.add(one);
  await time.passUntil('it is sent', () => done.length > 0);
  t.ok(performance.now() < one.startedAt + 3_000);
  t.equal(done[0]?.[0], 'urgent');
});
