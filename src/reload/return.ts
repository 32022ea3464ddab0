import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Listeners } from '../sessions/listeners.js';
import { isHeard } from './notify.js';

// A PostgREST that lost its connection tries again after 1, 2, 4 … 32 s, and takes a moment to connect.
const longestReturnMs = 40_000;
const lookMs = 250;

export interface ReturnOptions {
  /** Throws what node-postgres throws. */
  findListeners(): Promise<Listeners>;
  /** Whether anybody waits for it still. */
  isWanted(): boolean;
}

/**
 * Waits until somebody listens, for as long as PostgREST takes at most to come back after it lost its connection. Returns who
 * listened at the last look. Throws what the last look threw.
 */
export async function untilSomebodyListens({ findListeners, isWanted }: ReturnOptions): Promise<Listeners> {
  const until = performance.now() + longestReturnMs;
  while (isWanted() && performance.now() < until) {
    await delay(lookMs);
    // PostgreSQL itself may be on its way back.
    const listeners = await findListeners().catch(() => undefined);
    if (listeners !== undefined && isHeard(listeners)) return listeners;
  }
  return findListeners();
}
