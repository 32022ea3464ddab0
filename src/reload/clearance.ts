import { performance } from 'node:perf_hooks';
import type { Load, Loads } from '../catalog/loads.js';

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
  /** The loads that were seen to begin since, and are under way. */
  let begun = new Set<string>();

  const now = async (): Promise<Clearance | undefined> => {
    const { written, loads, listening, namedListening, isHidden, hasStandby } = await readLoads();
    const at = performance.now();
    if (isHidden || hasStandby || listening < instances) last = undefined;
    else if (last?.written !== written) {
      begun = new Set();
      last = loads.every(({ isCurrent }) => isCurrent) ? { written, at } : undefined;
    }
    if (last === undefined) return undefined;
    const isBegun = ({ id, isOfTables, isCurrent }: Load) => (isOfTables && isCurrent) || begun.has(id);
    begun = new Set(loads.filter(isBegun).map(({ id }) => id));
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
