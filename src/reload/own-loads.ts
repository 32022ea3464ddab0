import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheLoads, type Load, type Loads, showsAll } from '../sessions/loads.js';

/** The loads of schema caches that a notification causes, one in each instance. */
export interface OwnLoads {
  /** PostgREST is about to be told, or to load without. */
  expect(): void;
  /**
   * PostgREST has been told, after `toldAt` on the clock of `performance.now()`: watches its loads as long as somebody
   * waits. Throws nothing.
   */
  follow(toldAt: number): Promise<void>;
  /** Since when they are over, on the clock of `performance.now()`; infinite where they may be under way or still to come. */
  overSince(): number;
}

export interface OwnLoadsOptions {
  readLoads(): Promise<Loads>;
  /** How many instances there are right now. */
  countInstances(): Promise<number>;
  /** Whether somebody waits. */
  isWanted(): boolean;
}

const sampleMs = 100;
// What PostgREST is told while it loads it keeps until 100 ms after that.
const quietMs = 500;

export function createOwnLoads({ readLoads, countInstances, isWanted }: OwnLoadsOptions): OwnLoads {
  let overSince = Number.POSITIVE_INFINITY;
  let round = 0;

  const expect = (): void => {
    overSince = Number.POSITIVE_INFINITY;
    round++;
  };

  /** Settles when `isStill` says that nobody wants to know any more, or it cannot be told. */
  const watch = async (toldAt: number, isStill: () => boolean): Promise<void> => {
    const instances = await countInstances();
    const { at } = await readLoads();
    // Rather a little earlier than later: what PostgREST has kept by then is seen to follow.
    const since = at - (performance.now() - toldAt);
    let begun: Load[] = [];
    let haveAllBegun = false;
    let lastSeenAt = performance.now();
    while (isStill()) {
      const shown = await readLoads();
      if (!isStill() || !showsAll(shown, instances)) return;
      const now = performance.now();
      begun = cacheLoads(shown, begun).filter(({ begunAt }) => begunAt >= since);
      haveAllBegun ||= begun.length >= instances;
      if (shown.loads.length > 0) lastSeenAt = now;
      const areOver = haveAllBegun && now - lastSeenAt >= quietMs;
      overSince = areOver ? Math.min(overSince, now) : Number.POSITIVE_INFINITY;
      await delay(sampleMs);
    }
  };

  return {
    expect,
    async follow(toldAt) {
      expect();
      const followed = round;
      const isStill = () => followed === round && isWanted();
      await watch(toldAt, isStill).catch(() => {});
      if (isStill()) expect();
    },
    overSince: () => overSince,
  };
}
