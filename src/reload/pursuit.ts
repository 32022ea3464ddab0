import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheLoads, type Load, type Loads, showsAll } from '../sessions/loads.js';
import type { Clearance } from './clearance.js';
import type { Sightings } from './sightings.js';
import type { Witness } from './witness.js';

/** A witness for every instance, which is asked for again and again until it is there. */
export interface Pursuit {
  witnesses: readonly Witness[];
  /** When it began. */
  since: Date;
  /** Settles when every instance has what it lacked; false where one cannot be asked, or it was stopped before. */
  areTakenUp: Promise<boolean>;
  /** When the first instance had what it lacked, on the clock of `performance.now()`; undefined where none has. */
  firstTakenUpAt(): number | undefined;
  /** Whether every instance has what it lacked by now. */
  isOver(): boolean;
  /** Whether one could not be asked. */
  hasFailed(): boolean;
  /** Whether as many listen, and what is taken up was read after `clearance`, or is still to be. */
  canProve(clearance: Clearance): boolean;
  stop(): void;
}

// A load's transaction is over a moment before its cache is served.
const takeUpMs = 50;
const answerTimeoutMs = 1_000;
const pollMs = 16;
// A small schema is loaded before it would be worth while to look whether it is.
const unwatchedMs = 100;
const watchMs = 25;
const settledMs = 100;
const longestRestMs = 200;

export interface PursuitOptions {
  witnesses: readonly Witness[];
  sightings: Sightings;
  readLoads(): Promise<Loads>;
}

/**
 * Asks each instance for its witness until it has it, and only now and then while all that lack theirs are seen to load;
 * notes what it sees. Ends when it is stopped.
 */
export function pursue({ witnesses, sightings, readLoads }: PursuitOptions): Pursuit {
  const since = new Date();
  const missing = new Set(witnesses);
  const stop = new AbortController();
  let firstTakenUpAt: number | undefined;
  let hasFailed = false;
  let areAllLoading = false;
  sightings.know(witnesses.map(({ instance }) => instance));

  const untilTakenUp = async (witness: Witness): Promise<void> => {
    sightings.saw(witness.stale, witness.staleAt);
    while (!stop.signal.aborted) {
      const askedAt = performance.now();
      const isMissing = await witness.isMissing(AbortSignal.timeout(answerTimeoutMs));
      if (stop.signal.aborted) return;
      sightings.saw(isMissing ? witness.stale : witness.fresh, askedAt);
      if (!isMissing) {
        missing.delete(witness);
        firstTakenUpAt ??= performance.now();
        return;
      }
      witness.staleAt = askedAt;
      do await delay(pollMs);
      while (areAllLoading && performance.now() < askedAt + longestRestMs);
    }
  };

  /** One look at all loads costs as much as asking one instance. Ends where not all of them are to be seen. */
  const watchLoads = async (): Promise<void> => {
    await delay(unwatchedMs);
    let loads: Load[] = [];
    let seenSince = Number.POSITIVE_INFINITY;
    while (missing.size > 1 && !stop.signal.aborted) {
      const shown = await readLoads();
      if (!showsAll(shown, witnesses.length)) break;
      loads = cacheLoads(shown, loads);
      seenSince = loads.length >= missing.size ? Math.min(seenSince, performance.now()) : Number.POSITIVE_INFINITY;
      areAllLoading = performance.now() >= seenSince + settledMs;
      await delay(watchMs);
    }
  };
  void watchLoads()
    .catch(() => {})
    .finally(() => {
      areAllLoading = false;
    });

  return {
    witnesses,
    since,
    areTakenUp: Promise.all(witnesses.map(untilTakenUp)).then(
      () => missing.size === 0,
      () => {
        hasFailed = true;
        stop.abort();
        return false;
      },
    ),
    firstTakenUpAt: () => firstTakenUpAt,
    isOver: () => missing.size === 0,
    hasFailed: () => hasFailed,
    canProve: ({ at, listening }) =>
      !hasFailed &&
      listening >= witnesses.length &&
      witnesses.every((witness) => missing.has(witness) || witness.staleAt >= at + takeUpMs),
    stop: () => stop.abort(),
  };
}
