import type { Test } from 'tap';

/** The clock of `performance.now()`, by which the reload goes; timers go on when it stands still. */
export interface StoppableClock {
  stop(): void;
  /** Moves on by `ms` and stands still. */
  pass(ms: number): void;
  /** Goes on from where it stands. */
  goOn(): void;
}

/** Has the clock of this process stop when it is told to, until `t` ends. */
export function clockOf(t: Test): StoppableClock {
  const now = performance.now.bind(performance);
  t.teardown(() => Reflect.deleteProperty(performance, 'now'));
  const run = (clock: () => number) => Object.defineProperty(performance, 'now', { configurable: true, value: clock });
  const stopAt = (at: number) => run(() => at);
  return {
    stop: () => void stopAt(performance.now()),
    pass: (ms) => void stopAt(performance.now() + ms),
    goOn() {
      const behindMs = now() - performance.now();
      run(() => now() - behindMs);
    },
  };
}
