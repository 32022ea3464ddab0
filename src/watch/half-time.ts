import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const longestRestMs = 2_000;

/** Does `work` and then rests as long as that took, so that however often it is done it takes at most half of the time. */
export async function atHalfTime(work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await work();
  await delay(Math.min(performance.now() - startedAt, longestRestMs));
}
