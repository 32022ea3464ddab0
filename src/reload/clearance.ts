import { performance } from 'node:perf_hooks';
import { coalesce } from '../lib/coalesce.js';
import { cacheLoads, type Load, type Loads } from '../sessions/loads.js';

/**
 * A moment from which on every schema cache that is taken up has all that was committed by then: no instance was loading
 * what it had read before.
 */
export interface Clearance {
  /** On the clock of `performance.now()`. */
  at: number;
  /** How many sessions listen: as many instances can be told. */
  listening: number;
  /** How many instances there are, all of which load that right now, so that none has to be told; undefined where not all do. */
  loading: number | undefined;
}

/** Watches for such moments. */
export interface Clearances {
  /** Looks at the loads. Throws nothing. */
  sample(): Promise<void>;
  /**
   * Looks, and returns the last such moment that still holds because nothing was written since; undefined where it cannot
   * be told, because sessions are hidden from us, or some may load from a standby.
   */
  now(): Promise<Clearance | undefined>;
}

export function createClearances(readLoads: () => Promise<Loads>): Clearances {
  let last: { written: string; at: number } | undefined;
  /** The loads of schema caches that were seen to be under way since. */
  let begun: Load[] = [];

  const now = async (): Promise<Clearance | undefined> => {
    const shown = await readLoads();
    const { written, loads, listening, namedListening, isHidden, hasStandby } = shown;
    const at = performance.now();
    if (isHidden || hasStandby) last = undefined;
    else if (last?.written !== written) {
      begun = [];
      last = loads.every(({ isCurrent }) => isCurrent) ? { written, at } : undefined;
    }
    if (last === undefined) return undefined;
    begun = cacheLoads(shown, begun);
    return { at: last.at, listening, loading: begun.length === namedListening ? begun.length : undefined };
  };

  return {
    now,
    sample: coalesce(() =>
      now().then(
        () => {},
        () => {},
      ),
    ),
  };
}
