import type { Test } from 'tap';

/** The deadlines of those that wait for one time that nobody else waits for. */
export interface Deadlines {
  /** How many wait. */
  waiting(): number;
  /** Their time is over. */
  pass(): void;
}

/** Has the deadlines of callers in this process that wait for `seconds` pass when the test says so. */
export function deadlinesOf(t: Test, seconds: number): Deadlines {
  const { setTimeout, clearTimeout } = globalThis;
  const waiting = new Map<unknown, () => void>();
  t.teardown(() => Object.assign(globalThis, { setTimeout, clearTimeout }));
  globalThis.setTimeout = new Proxy(setTimeout, {
    apply(target, _, [work, ms, ...args]: Parameters<typeof setTimeout>) {
      const timer = target(work, ms, ...args);
      if (ms === seconds * 1_000) waiting.set(timer, () => work(...args));
      return timer;
    },
  });
  globalThis.clearTimeout = (timer) => {
    waiting.delete(timer);
    clearTimeout(timer);
  };
  return {
    waiting: () => waiting.size,
    pass() {
      for (const work of waiting.values()) work();
    },
  };
}
