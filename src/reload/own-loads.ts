import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Loads } from '../catalog/loads.js';

/** The loads of schema caches that our notifications cause, one in each instance. */
export interface OwnLoads {
  /** PostgREST is about to be told, or to load without. */
  expect(): void;
  /** PostgREST has been told just now: watches as long as somebody waits until the loads are over. Throws nothing. */
  follow(): Promise<void>;
  /**
   * Since when they are over, on the clock of `performance.now()`; infinite where they may be under way or still to come.
   */
  overSince(): number;
}

const sampleMs = 100;
// PostgREST keeps what it is told while it loads, and for 100 ms after it began to; what it has loaded it takes up a moment
// later, as what is seen here is seen a moment late.
const quietMs = 200;

export interface OwnLoadsOptions {
  readLoads(): Promise<Loads>;
  /** How many instances there are right now. */
  countInstances(): Promise<number>;
  /** Whether somebody waits. */
  isWanted(): boolean;
}

export function createOwnLoads({ readLoads, countInstances, isWanted }: OwnLoadsOptions): OwnLoads {
  let overSince = Number.POSITIVE_INFINITY;
  let expected = 0;

  /** Settles with whether they are seen to be over before `isStill` says that nobody wants to know. */
  const areOver = async (isStill: () => boolean): Promise<boolean> => {
    const [first, instances] = await Promise.all([readLoads(), countInstances()]);
    const haveLoaded = createTally(first);
    while (isStill()) {
      const shown = await readLoads();
      if (!tellsAll(shown, instances)) return false;
      if (haveLoaded(shown) >= instances) return isStill();
      await delay(sampleMs);
    }
    return false;
  };

  return {
    expect() {
      expected++;
      overSince = Number.POSITIVE_INFINITY;
    },
    async follow() {
      const number = expected;
      const isOver = await areOver(() => number === expected && isWanted()).catch(() => false);
      if (isOver) overSince = performance.now();
    },
    overSince: () => overSince,
  };
}

/** Whether we see all that loads: each instance, as far as can be told, says who it is. */
function tellsAll({ namedListening, isHidden, hasStandby }: Loads, instances: number): boolean {
  return namedListening === instances && !isHidden && !hasStandby;
}

/** Returns how many loads have begun after `first`, by what is shown now; 0 until for a while none has been under way. */
function createTally(first: Loads): (shown: Loads) => number {
  const earlier = new Set(first.loads.map(({ id }) => id));
  const begun = new Set<string>();
  let quietSince = performance.now();
  return ({ loads }) => {
    const now = performance.now();
    for (const { id, isOfCache } of loads) if (isOfCache && !earlier.has(id)) begun.add(id);
    if (loads.length > 0) quietSince = now;
    return now - quietSince >= quietMs ? begun.size : 0;
  };
}
