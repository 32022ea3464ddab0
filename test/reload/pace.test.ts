import t from 'tap';
import { createPace, type Pace } from '../../src/reload/pace.js';
import { clockOn } from '../clock.js';

/** Lets time go by until it is due to notify again, does that, and returns after how many ms it was. */
function repeat(pace: Pace, clock: { pass(ms: number): void }): number {
  let passedMs = 0;
  while (!pace.isRepeatDue() && passedMs < 60_000) {
    clock.pass(100);
    passedMs += 100;
  }
  pace.repeated();
  return passedMs;
}

t.test('it is notified again ever more rarely, and after a new request as often as at first', async (t) => {
  const clock = clockOn(t);
  const pace = createPace();
  pace.restart();
  t.same(
    [1, 2, 3, 4, 5, 6].map(() => repeat(pace, clock)),
    [1_500, 3_000, 6_000, 12_000, 16_000, 16_000],
  );
  pace.restart();
  t.equal(repeat(pace, clock), 1_500);
});

t.test('what others have sent puts off the next notification, and does not have it come sooner', async (t) => {
  const clock = clockOn(t);
  const pace = createPace();
  pace.restart();
  repeat(pace, clock);
  repeat(pace, clock);
  clock.pass(5_000);
  pace.heard();
  t.equal(repeat(pace, clock), 6_000);
  t.equal(repeat(pace, clock), 12_000, 'two that hear each other do not begin anew');
});

t.test('copies that wait for the same notify again as seldom as one', async (t) => {
  const clock = clockOn(t);
  const [pace, other] = [createPace(), createPace()];
  pace.restart();
  clock.pass(200);
  other.restart();
  for (const lastMs of [1_500, 3_000, 6_000]) {
    repeat(pace, clock);
    other.heard();
    clock.pass(lastMs + 100);
    t.notOk(other.isRepeatDue());
  }
});

t.test('one looks often after a notification, whoever sent it, and then ever more rarely', async (t) => {
  const pace = createPace();
  for (const tell of [pace.restart, pace.heard]) {
    tell();
    const polls = Array.from({ length: 12 }, () => pace.nextPollMs());
    t.equal(polls[0], 10);
    t.same(
      polls,
      polls.toSorted((a, b) => a - b),
    );
    t.equal(polls.at(-1), 500);
  }
});
