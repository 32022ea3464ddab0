import { syncBuiltinESMExports } from 'node:module';
import { install } from '@sinonjs/fake-timers';
import type { Test } from 'tap';

/** Time that stands still until it is told to pass. All that is due meanwhile happens, and all that follows from it. */
export interface Time {
  /** Has so many ms pass. */
  pass(ms: number): Promise<void>;
  /** Has so many ms pass at once, as for a process that did not run: what is due meanwhile happens at the end. */
  jump(ms: number): void;
  /** Has time pass from timer to timer until `condition` holds; throws when a minute has passed. */
  passUntil(what: string, condition: () => boolean): Promise<void>;
  /** Has time pass until `promise` settles, and settles like it. */
  passFor<Result>(promise: Promise<Result>): Promise<Result>;
}

const longestMs = 60_000;
const stepMs = 10;

/**
 * Stops the clocks and the timers of this process, those of `node:timers/promises` too, until `t` ends. Not for tests that
 * talk to another process, which goes on.
 */
export function stopTime(t: Test): Time {
  const clock = install({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  // What modules have imported by name is what these export now.
  syncBuiltinESMExports();
  t.teardown(() => {
    clock.uninstall();
    syncBuiltinESMExports();
  });
  // There is a past to look back on.
  clock.tick(10_000);

  const passUntil = async (what: string, condition: () => boolean): Promise<void> => {
    const until = performance.now() + longestMs;
    while (!condition()) {
      if (performance.now() > until) throw new Error(`Not within ${longestMs} ms: ${what}`);
      await (clock.countTimers() > 0 ? clock.nextAsync() : clock.tickAsync(stepMs));
    }
  };

  return {
    pass: async (ms) => void (await clock.tickAsync(ms)),
    jump: (ms) => void clock.jump(ms),
    passUntil,
    async passFor(promise) {
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      promise.then(settle, settle);
      await passUntil('it is settled', () => isSettled);
      return promise;
    },
  };
}
