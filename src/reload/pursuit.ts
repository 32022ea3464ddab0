import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
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

/** Asks each instance for its witness until it has it; notes what it sees. Ends when it is stopped. */
export function pursue(witnesses: readonly Witness[], sightings: Sightings): Pursuit {
  const since = new Date();
  const missing = new Set(witnesses);
  const stop = new AbortController();
  let hasFailed = false;
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
        return;
      }
      witness.staleAt = askedAt;
      await delay(pollMs);
    }
  };

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
    isOver: () => missing.size === 0,
    hasFailed: () => hasFailed,
    canProve: ({ at, listening }) =>
      !hasFailed &&
      listening >= witnesses.length &&
      witnesses.every((witness) => missing.has(witness) || witness.staleAt >= at + takeUpMs),
    stop: () => stop.abort(),
  };
}
