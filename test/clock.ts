import { performance } from 'node:perf_hooks';
import type { Test } from 'tap';

/** Lets `t` say what time it is on the clock of `performance.now()`. */
export function clockOn(t: Test): { pass(ms: number): void } {
  let now = 1_000;
  Object.defineProperty(performance, 'now', { configurable: true, value: () => now });
  t.teardown(() => Reflect.deleteProperty(performance, 'now'));
  return {
    pass(ms) {
      now += ms;
    },
  };
}
