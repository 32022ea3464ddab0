import { setImmediate } from 'node:timers/promises';

/** A clock that stands still but for `pass`, and whoever waits on it. */
export interface SteppingClock {
  now(): number;
  delay(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets so much time pass. Whoever waits goes on when its time has come, and comes as far as it can without I/O. */
  pass(ms: number): Promise<void>;
}

export function createClock(): SteppingClock {
  let time = 1_000;
  const waiting = new Set<{ dueAt: number; wake(): void }>();
  const nextUntil = (end: number) =>
    [...waiting].filter(({ dueAt }) => dueAt <= end).sort((one, other) => one.dueAt - other.dueAt)[0];
  return {
    now: () => time,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          waiting.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          dueAt: time + ms,
          wake() {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        signal?.addEventListener('abort', abort);
        waiting.add(sleeper);
      }),
    async pass(ms) {
      const end = time + ms;
      await setImmediate();
      for (let next = nextUntil(end); next !== undefined; next = nextUntil(end)) {
        waiting.delete(next);
        time = next.dueAt;
        next.wake();
        await setImmediate();
      }
      time = end;
    },
  };
}
