import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance } from '../postgrest/instance.js';
import { type InstanceReport, isConfigured, isFailure, isFresh, type Verifier } from '../verify/verify.js';
import type { Pace } from './pace.js';
import type { Pursuit } from './pursuit.js';
import type { Sightings } from './sightings.js';
import { isQuick, isWaiting, type Waiter } from './waiter.js';
import type { Witness } from './witness.js';

/** Finds out when those who wait can be told that all is fresh. */
export interface Prover {
  /** From now on, until they are settled or forgotten; by a pursuit where there is one, which it stops. */
  prove(waiters: readonly Waiter[], pursuit: Promise<Pursuit | undefined> | undefined): void;
  forget(waiter: Waiter): void;
  /** Why the last look failed as a whole, if it began after `time`. */
  failureSince(time: number): unknown;
}

export interface ProverOptions {
  verifier: Pick<Verifier, 'look' | 'proven'>;
  /** Those that are configured. */
  instances: readonly Instance[];
  sightings: Sightings;
  pace: Pace;
  /** Whether PostgREST is seen to load. Throws nothing. */
  isLoadSeen(): Promise<boolean>;
  /** Since when the loads of which PostgREST was told last are over; infinite where they may not be. */
  loadsOverSince(): number;
  /** Notifies again if it is time to. Throws nothing. */
  repeatIfDue(waiters: readonly Waiter[]): Promise<void>;
}

const lookTimeoutMs = 5_000;
// A look that takes longer is not worth while as long as PostgREST is seen to load.
const longLookMs = 300;
const longestPutOffMs = 5_000;
const pollMs = 20;
// Between what is seen of a load, or until it begins, a busy machine lets as much go by.
const patienceMs = 1_000;
const sampleMs = 300;
// PostgREST takes 50 to 150 ms to load a small schema, and for a large one about as long as we take to read both sides.
const settlingMs = (lookMs: number) => Math.min(Math.max(300, lookMs), 3_000);

export function createProver(options: ProverOptions): Prover {
  const { verifier, sightings, pace, isLoadSeen, loadsOverSince, repeatIfDue } = options;
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
    found: Promise<Pursuit | undefined> | undefined,
  ): Promise<void> => {
    const pursuit = await found;
    if (pursuit === undefined) return;
    const end = new AbortController();
    const areTakenUp = await Promise.race([pursuit.areTakenUp, giveUp(waiters, end.signal)]);
    end.abort();
    pursuit.stop();
    const { witnesses, since, canProve } = pursuit;
    const proven = waiters.filter(({ clearance }) => areTakenUp && clearance !== undefined && canProve(clearance));
    if (proven.length === 0 || !(await areAll(witnesses))) return;
    const reports = witnesses.map(({ fresh }) => fresh);
    verifier.proven(reports, since);
    for (const waiter of proven) waiter.settle('fresh', reports);
  };

  /** Whether there is no instance beside those of the witnesses: names may stand for others than before. */
  const areAll = async (witnesses: readonly Witness[]): Promise<boolean> => {
    const known = new Set(witnesses.map(({ instance }) => instance.url));
    return (await resolveInstances(options.instances)).every(({ url }) => known.has(url));
  };

  /** Settles with false when nobody waits any more, or there is no reason to expect anything of a witness. */
  const giveUp = async (waiters: readonly Waiter[], end: AbortSignal): Promise<false> => {
    let expectedUntil = performance.now() + patienceMs;
    while (performance.now() < expectedUntil && !end.aborted && waiters.some(isWaiting)) {
      await delay(sampleMs);
      if (await isLoadSeen()) expectedUntil = performance.now() + patienceMs;
    }
    return false;
  };

  const proveByLook = async (waiters: readonly Waiter[]): Promise<void> => {
    if (lookMs > longLookMs) await putOff();
    const beganAt = performance.now();
    const reports = await look();
    lookMs = performance.now() - beganAt;
    if (reports?.every(isFresh)) return conclude(waiters, beganAt, reports);
    if (reports === undefined || mayHelp(reports, waiters)) await repeatIfDue(waiters);
    await delay(pace.nextPollMs());
  };

  const putOff = async (): Promise<void> => {
    const until = performance.now() + longestPutOffMs;
    while (performance.now() < until && waiting.size > 0 && (await noteLoad())) await delay(pollMs);
  };

  const noteLoad = async (): Promise<boolean> => {
    const isSeen = await isLoadSeen();
    if (isSeen) loadSeenAt = performance.now();
    return isSeen;
  };

  /**
   * Ends the waiting of those to whom it is proven that the instances, which are fresh, have loaded: they were seen to, or
   * have had time for it, since the notification and since a load was seen that may have been in its way. Until then they
   * may still be about to load what we do not compare.
   */
  const conclude = async (
    waiters: readonly Waiter[],
    beganAt: number,
    reports: readonly InstanceReport[],
  ): Promise<void> => {
    if (await noteLoad()) {
      await delay(pace.nextPollMs());
      return;
    }
    const isConfiguredNow = reports.every(isConfigured);
    const settledMs = settlingMs(lookMs);
    const overSince = loadsOverSince();
    const haveLoaded = ({ announcedAt }: Waiter): boolean => {
      const mayBeginAt = Math.max(announcedAt, loadSeenAt);
      return mayBeginAt <= beganAt - settledMs || (mayBeginAt <= overSince && overSince <= beganAt);
    };
    const proven = waiters.filter((waiter) => haveLoaded(waiter) && (isConfiguredNow || !waiter.request.config));
    for (const waiter of proven) waiter.settle('fresh', reports);
    if (proven.length === waiters.length) return;
    if (!isConfiguredNow) await repeatIfDue(waiters);
    await (isConfiguredNow ? haveTime(beganAt, settledMs) : delay(pace.nextPollMs()));
  };

  /** Lets `ms` go by, or less if the loads are over that were not when the look began at `beganAt`. */
  const haveTime = async (beganAt: number, ms: number): Promise<void> => {
    const until = performance.now() + ms;
    const areOver = () => loadsOverSince() > beganAt && loadsOverSince() <= performance.now();
    while (performance.now() < until && !areOver()) await delay(pollMs);
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
    prove(waiters, pursuit) {
      lookFor(waiters.filter((waiter) => !isQuick(waiter)));
      const quick = waiters.filter(isQuick);
      if (quick.length > 0) void proveByWitness(quick, pursuit).then(() => lookFor(quick));
    },
    forget: (waiter) => waiting.delete(waiter),
    failureSince: (time) => (failure !== undefined && failure.at >= time ? failure.error : undefined),
  };
}

/**
 * Whether to notify again may help those that are not fresh: one that neither answers nor listens is gone, and loads anyway
 * when it is back.
 */
function mayHelp(reports: readonly InstanceReport[], waiters: readonly Waiter[]): boolean {
  const isGone = (report: InstanceReport) => isFailure(report) && report.error.code === 'unreachable';
  const mayAllListen = ({ listeners }: Waiter) => !listeners.complete || listeners.listening.length >= reports.length;
  return reports.some((report) => !isFresh(report) && !isGone(report)) || waiters.some(mayAllListen);
}
