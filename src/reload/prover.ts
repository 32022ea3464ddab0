import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pace } from './pace.js';
import type { Sightings } from './sightings.js';
import { type InstanceReport, isConfigured, isFresh, type Verifier } from './verify.js';
import { isWaiting, type Waiter } from './waiter.js';
import { awaitWitness, type Witness } from './witness.js';

/** Finds out when those who wait can be told that all is fresh. */
export interface Prover {
  /** From now on, until they are settled or forgotten; by `witnesses` where there are any. */
  prove(waiters: readonly Waiter[], witnesses: Promise<Witness[] | undefined>): void;
  forget(waiter: Waiter): void;
  /** Why the last look failed as a whole, if it began after `time`. */
  failureSince(time: number): unknown;
}

export interface ProverOptions {
  verifier: Pick<Verifier, 'look' | 'proven'>;
  sightings: Sightings;
  pace: Pace;
  /** Whether PostgREST is seen to load. Throws nothing. */
  isLoadSeen(): Promise<boolean>;
  /** Notifies again if it is time to. Throws nothing. */
  repeatIfDue(waiters: readonly Waiter[]): Promise<void>;
}

const lookTimeoutMs = 5_000;
// A load's transaction is over a moment before its cache is served.
const takeUpMs = 50;
// A look that takes longer is not worth while as long as PostgREST is seen to load.
const longLookMs = 300;
const longestPutOffMs = 5_000;
const pollMs = 20;
// Between what is seen of a load, or until it begins, a busy machine lets as much go by.
const patienceMs = 1_000;
// PostgREST takes 50 to 150 ms to load a small schema, and for a large one about as long as we take to read both sides.
const settlingMs = (lookMs: number) => Math.min(Math.max(300, lookMs), 3_000);

export function createProver(options: ProverOptions): Prover {
  const { verifier, sightings, pace, isLoadSeen, repeatIfDue } = options;
  /** Those for whom all is compared. */
  const waiting = new Set<Waiter>();
  let failure: { error: unknown; at: number } | undefined;
  let isLooking = false;
  let lookMs = 0;
  /** When PostgREST was last seen to load. */
  let loadSeenAt = Number.NEGATIVE_INFINITY;

  const proveByLooks = async (): Promise<void> => {
    isLooking = true;
    while (waiting.size > 0) await proveByLook([...waiting]);
    isLooking = false;
  };

  const lookFor = (waiters: readonly Waiter[]): void => {
    for (const waiter of waiters.filter(isWaiting)) waiting.add(waiter);
    if (!isLooking && waiting.size > 0) void proveByLooks();
  };

  const proveByWitness = async (
    waiters: readonly Waiter[],
    found: Promise<readonly Witness[] | undefined>,
  ): Promise<void> => {
    const witnesses = await found;
    if (witnesses === undefined) return;
    const beganAt = new Date();
    sightings.know(witnesses.map(({ instance }) => instance));
    for (const { stale, staleAt } of witnesses) sightings.saw(stale, staleAt);
    if (!(await areAllTakenUp(witnesses, waiters))) return;
    const hasSeenLoad = ({ clearance }: Waiter) =>
      clearance !== undefined &&
      clearance.listening >= witnesses.length &&
      witnesses.every(({ staleAt }) => staleAt >= clearance.at + takeUpMs);
    const proven = waiters.filter(hasSeenLoad);
    if (proven.length === 0) return;
    verifier.proven(
      witnesses.map(({ fresh }) => fresh),
      beganAt,
    );
    for (const waiter of proven) waiter.settle('fresh');
  };

  /** Waits until every instance has what it lacked, as long as there is reason to expect it. */
  const areAllTakenUp = async (witnesses: readonly Witness[], waiters: readonly Waiter[]): Promise<boolean> => {
    const stop = new AbortController();
    const all = Promise.all(
      witnesses.map(async (witness) => {
        await awaitWitness(witness, stop.signal, () => sightings.saw(witness.stale, witness.staleAt));
        if (!stop.signal.aborted) sightings.saw(witness.fresh, performance.now());
      }),
    ).then(
      () => true,
      () => false,
    );
    const giveUp = async (): Promise<boolean> => {
      let expectedUntil = performance.now() + patienceMs;
      while (performance.now() < expectedUntil && !stop.signal.aborted && waiters.some(isWaiting)) {
        await delay(settlingMs(0));
        if (await isLoadSeen()) expectedUntil = performance.now() + patienceMs;
      }
      return false;
    };
    const result = await Promise.race([all, giveUp()]);
    stop.abort();
    return result;
  };

  const proveByLook = async (waiters: readonly Waiter[]): Promise<void> => {
    if (lookMs > longLookMs) await putOff();
    const beganAt = performance.now();
    const reports = await look();
    lookMs = performance.now() - beganAt;
    if (reports?.every(isFresh)) return conclude(waiters, beganAt, reports.every(isConfigured));
    await repeatIfDue(waiters);
    await delay(pace.nextPollMs());
  };

  const putOff = async (): Promise<void> => {
    const until = performance.now() + longestPutOffMs;
    while (performance.now() < until && waiting.size > 0 && (await isLoadSeen())) await delay(pollMs);
  };

  /**
   * Ends the waiting of those to whom it is proven that the instances, which are fresh, have loaded: they have had time
   * for it, since the notification and since a load was seen that may have been in its way. Until then they may still be
   * about to load what we do not compare.
   */
  const conclude = async (waiters: readonly Waiter[], beganAt: number, isConfiguredNow: boolean): Promise<void> => {
    if (await isLoadSeen()) {
      loadSeenAt = performance.now();
      await delay(pace.nextPollMs());
      return;
    }
    const settledMs = settlingMs(lookMs);
    const proven = waiters.filter(
      ({ announcedAt, request }) =>
        Math.max(announcedAt, loadSeenAt) <= beganAt - settledMs && (isConfiguredNow || !request.config),
    );
    for (const waiter of proven) waiter.settle('fresh');
    if (proven.length === waiters.length) return;
    if (!isConfiguredNow) await repeatIfDue(waiters);
    await delay(isConfiguredNow ? settledMs : pace.nextPollMs());
  };

  /** What was seen of all instances after this call; undefined where there is none, or nothing could be seen. */
  const look = async (): Promise<InstanceReport[] | undefined> => {
    const at = performance.now();
    try {
      const { reports } = await verifier.look(lookTimeoutMs, sightings);
      failure = undefined;
      return reports.length > 0 ? reports : undefined;
    } catch (error) {
      // The database may come back before the time is over.
      failure = { error, at };
      return undefined;
    }
  };

  return {
    prove(waiters, witnesses) {
      lookFor(waiters.filter((waiter) => !isQuick(waiter)));
      const quick = waiters.filter(isQuick);
      if (quick.length > 0) void proveByWitness(quick, witnesses).then(() => lookFor(quick));
    },
    forget: (waiter) => waiting.delete(waiter),
    failureSince: (time) => (failure !== undefined && failure.at >= time ? failure.error : undefined),
  };
}

/** Whether the next schema cache that an instance takes up has all that was committed before the waiter came. */
function isQuick({ clearance, request }: Waiter): boolean {
  return clearance !== undefined && !request.config;
}
