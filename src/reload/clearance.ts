import { performance } from 'node:perf_hooks';
import type { Loads } from '../catalog/loads.js';

/**
 * A moment from which on every schema cache that is taken up has all that was committed by then: no instance was loading
 * what it had read before.
 */
export interface Clearance {
  /** On the clock of `performance.now()`. */
  at: number;
  /** Every instance is loading that right now, so that none has to be told. */
  isUnderWay: boolean;
}

/** Watches for such moments. */
export interface Clearances {
  /** Looks at the loads. Throws nothing. */
  sample(): Promise<void>;
  /**
   * Looks, and returns the last such moment that still holds because nothing was written since; undefined where it cannot
   * be told, because sessions are hidden from us, not all instances listen, or some may load from a standby.
   */
  now(): Promise<Clearance | undefined>;
}

/** `instances` is how many there are, at least. */
export function createClearances(readLoads: () => Promise<Loads>, instances: number): Clearances {
  let last: { written: string; at: number } | undefined;
  /** Sessions that were seen to begin a load since. */
  let begun = new Set<number>();

  const now = async (): Promise<Clearance | undefined> => {
    const { written, loads, listening, namedListening, isHidden, hasStandby } = await readLoads();
    const at = performance.now();
    if (isHidden || hasStandby || listening < instances) last = undefined;
    else if (last?.written !== written) {
      begun = new Set();
      last = loads.every(({ isCurrent }) => isCurrent) ? { written, at } : undefined;
    }
    if (last === undefined) return undefined;
    const own = loads.filter(({ isConfiguration }) => !isConfiguration);
    begun = new Set(own.filter(({ pid, isCurrent }) => isCurrent || begun.has(pid)).map(({ pid }) => pid));
    return { at: last.at, isUnderWay: begun.size === instances && namedListening === instances };
  };

  return {
    now,
    sample: () =>
      now().then(
        () => {},
        () => {},
      ),
  };
}
