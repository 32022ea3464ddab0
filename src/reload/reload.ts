import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { coalesce } from '../lib/coalesce.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance } from '../postgrest/instance.js';
import { findListeners, type Listeners } from '../sessions/listeners.js';
import { isLoading, readLoads } from '../sessions/loads.js';
import { type InstanceReport, isFresh, loadFailureOf, type Verifier } from '../verify/verify.js';
import { createAnnouncer } from './announcer.js';
import { type Clearance, createClearances } from './clearance.js';
import { isHeard, longestHoldUpMs, notify, notifyAlone, type Payload } from './notify.js';
import { createOwnLoads } from './own-loads.js';
import { createPace } from './pace.js';
import { createProver } from './prover.js';
import { untilSomebodyListens } from './return.js';
import { createSearch } from './search.js';
import { createSightings } from './sightings.js';
import {
  courseFor,
  type InstanceCourse,
  isWaiting,
  notifiedAfterMs,
  type ReloadOutcome,
  type ReloadRequest,
  type ReloadResult,
  type Waiter,
} from './waiter.js';
import type { Witness } from './witness.js';

export type { ReloadOutcome, ReloadRequest, ReloadResult };

export interface Reloader {
  /**
   * Notifies PostgREST and waits until every instance is proven to serve what the catalog had when this was called.
   * Requests at the same time share notifications and looks. Throws nothing.
   */
  reload(request: ReloadRequest): Promise<ReloadResult>;
  /** Somebody else has sent a notification. */
  heard(): void;
  /**
   * Until when PostgREST may have been loading for anybody's notification that is known here, on the clock of
   * `performance.now()`; now where it still may.
   */
  loadedUntil(): number;
  /** Lets no request wait any longer, neither those that wait now nor later ones. */
  close(): void;
}

export interface ReloaderOptions {
  pool: pg.Pool;
  verifier: Pick<Verifier, 'look' | 'proven'>;
  /** Finds what every instance lacks; undefined where there is no such thing. */
  findWitnesses(): Promise<Witness[] | undefined>;
  /** Those that are configured. */
  instances: readonly Instance[];
  channel: string;
  /** Settles when all is heard that others had sent before; false where we do not hear them. Throws nothing. */
  catchUp(): Promise<boolean>;
}

/** PostgREST was told, or is seen to load without. */
interface Announcement {
  listeners: Listeners;
  clearance: Clearance | undefined;
  /** Before it was told, on the clock of `performance.now()`; undefined where it is seen to load without. */
  toldAt: number | undefined;
}

// A load that is not seen to be over is so a moment after the proof; where there is none, it is taken to be after as long.
const provenLoadMs = 200;
const unknownLoadMs = 10_000;
// Where we hang, or are busy, what another copy has sent is heard of late.
const longestCatchUpMs = 1_000;

export function createReloader(options: ReloaderOptions): Reloader {
  const { pool, channel } = options;
  /** All that wait, for whatever. */
  const waiting = new Set<Waiter>();
  /** Those whose notification nobody heard. */
  const unheard = new WeakSet<Waiter>();
  const sightings = createSightings(options.instances);
  const pace = createPace();
  const readLoadsNow = () => readLoads(pool, channel);
  const clearances = createClearances(readLoadsNow);
  const lookForListeners = coalesce(() => findListeners(pool, channel));
  const catchUp = () => Promise.race([options.catchUp(), delay(longestCatchUpMs, false, { ref: false })]);
  const countInstances = async (): Promise<number> => (await resolveInstances(options.instances)).length;
  const ownLoads = createOwnLoads({
    readLoads: readLoadsNow,
    countInstances,
    isWanted: () => waiting.size > 0,
  });
  const search = createSearch({
    findWitnesses: options.findWitnesses,
    sightings,
    readLoads: coalesce(readLoadsNow),
    toldAt: () => lastToldAt,
  });
  /** How many notifications of others. */
  let heardSoFar = 0;
  /** When PostgREST was last told, by whomever, on the clock of `performance.now()`. */
  let lastToldAt = Number.NEGATIVE_INFINITY;
  let loadingUntil = 0;
  let isClosed = false;
  /** Since when the repetition is tried that is due; undefined where none is. */
  let repeatDueSince: number | undefined;

  const expectLoad = (ms: number): void => {
    loadingUntil = Math.max(loadingUntil, performance.now() + ms);
  };

  /** How long from now our loads may go on; negative where they have been over for that long, `most` where that is not known. */
  const msToLoad = (most: number): number => Math.min(most, ownLoads.overSince() - performance.now());

  /** Whether a load is seen to be under way, which may bring what is not compared, or fail. */
  const isLoadSeen = coalesce(() => isLoading(pool, channel).catch(() => true));

  const repeated = (): void => {
    pace.repeated();
    repeatDueSince = undefined;
  };

  /** Copies that wait for the same share a repetition too; what keeps it from being sent does not for long. */
  const repeatIfDue = async (waiters: readonly Waiter[]): Promise<void> => {
    const isDue = () => pace.isRepeatDue() && waiters.some(isWaiting);
    if (!isDue() || (await isLoadSeen())) return;
    // Another copy may have repeated it while we looked.
    if (!isDue()) return;
    repeatDueSince ??= performance.now();
    ownLoads.expect();
    try {
      const isUrgent = performance.now() - repeatDueSince > longestHoldUpMs;
      const announcement = await tell(payloadsFor(waiters), isUrgent);
      if (announcement?.toldAt === undefined) return;
      repeated();
      for (const waiter of waiters) waiter.notifiedAt.push(performance.now());
      void ownLoads.follow(announcement.toldAt);
    } catch {
      // The next look meets the same error.
      repeated();
    }
  };

  const prover = createProver({
    ...options,
    sightings,
    pace,
    isLoadSeen,
    loadsOverSince: ownLoads.overSince,
    repeatIfDue,
  });

  /** Ends the search where nobody is left whom it may serve. */
  const unwantSearch = (): void => {
    if (search.isWanted() && ![...waiting].some(isUnannounced)) search.unwant();
  };

  const announced = (waiters: readonly Waiter[], { listeners, clearance, toldAt }: Announcement): void => {
    pace.restart();
    repeatDueSince = undefined;
    if (toldAt !== undefined) void ownLoads.follow(toldAt);
    const at = performance.now();
    for (const waiter of waiters) {
      waiter.listeners = listeners;
      waiter.announcedAt = at;
      if (toldAt !== undefined) waiter.notifiedAt.push(at);
      waiter.clearance = clearance;
    }
    const [patient, others] = partition(waiters, ({ request }) => request.waitMs > 0);
    for (const waiter of others) waiter.settle(isHeard(listeners) ? 'notified' : 'nobody_listens');
    if (isHeard(listeners)) prove(patient, clearance);
    else void hold(patient);
    unwantSearch();
  };

  const prove = (waiters: readonly Waiter[], clearance: Clearance | undefined): void =>
    prover.prove(waiters, clearance && waiters.some(wantsWitness) ? search.take(clearance) : undefined);

  /** Nobody heard of it: PostgREST may have lost its connection, and is told again once it listens. */
  const hold = async (waiters: readonly Waiter[]): Promise<void> => {
    for (const waiter of waiters) unheard.add(waiter);
    const left = () => waiters.filter(isWaiting);
    const release = (waiter: Waiter): void => {
      unheard.delete(waiter);
      waiter.announcedAt = Number.POSITIVE_INFINITY;
      if (wantsWitness(waiter)) search.begin();
      announcer.add(waiter);
    };
    try {
      const listeners = await untilSomebodyListens({
        findListeners: lookForListeners,
        isWanted: () => left().length > 0,
      });
      for (const waiter of left()) {
        waiter.listeners = listeners;
        if (isHeard(listeners)) release(waiter);
        else waiter.settle('nobody_listens');
      }
    } catch (error) {
      for (const waiter of left()) waiter.fail(error);
    }
  };

  /** Lets `waiters` wait for the load of which `announcing` tells; false where there is none. */
  const announce = async (
    waiters: readonly Waiter[],
    announcing: Promise<Announcement | undefined>,
  ): Promise<boolean> => {
    ownLoads.expect();
    try {
      const announcement = await announcing;
      if (announcement === undefined) return false;
      announced(waiters.filter(isWaiting), announcement);
    } catch (error) {
      for (const waiter of waiters.filter(isWaiting)) waiter.fail(error);
    }
    return true;
  };

  /** A load of all that was committed when this was called, which every instance is seen to be at or to be done with. */
  const findLoad = async (): Promise<Announcement | undefined> => {
    const clearance = await clearances.now();
    if (clearance === undefined || !(search.hasProven(clearance) || (await isLoadedByAll(clearance)))) return undefined;
    return { listeners: await findListeners(pool, channel), clearance, toldAt: undefined };
  };

  const isLoadedByAll = async ({ loading }: Clearance): Promise<boolean> =>
    loading !== undefined && loading === (await countInstances());

  const tell = async (payloads: readonly Payload[], isUrgent: boolean): Promise<Announcement | undefined> => {
    const heardBefore = heardSoFar;
    let toldAt: number;
    // What another copy has sent a moment ago is heard of by the time that this settles.
    const isDue = async () => {
      await catchUp();
      toldAt = performance.now();
      return heardSoFar === heardBefore;
    };
    const clearance = await clearances.now();
    toldAt = performance.now();
    const listeners = isUrgent
      ? await notify(pool, channel, payloads)
      : await notifyAlone(pool, channel, payloads, isDue);
    if (listeners !== undefined) lastToldAt = performance.now();
    return listeners && { listeners, clearance, toldAt };
  };

  const announcer = createAnnouncer({
    join: async (waiters) => !waiters.some(({ request }) => request.config) && announce(waiters, findLoad()),
    // Whoever waits for the configuration may wait because what told PostgREST of it was lost.
    send: (waiters, isUrgent) => announce(waiters, tell(payloadsFor([...waiting]), isUrgent)),
    served: (waiters) => {
      // It was sent after they had come.
      const toldAt = Math.max(...waiters.map(({ startedAt }) => startedAt));
      return announce(
        waiters,
        findListeners(pool, channel).then((listeners) => ({ listeners, clearance: undefined, toldAt })),
      );
    },
    catchUp,
    meanwhile: clearances.sample,
    isLoading: isLoadSeen,
  });

  /** What was seen of each instance since it may have loaded; of none where nobody looks. */
  const seenSince = (waiter: Waiter, outcome: ReloadOutcome | undefined): readonly InstanceReport[] => {
    const { clearance, startedAt, announcedAt } = waiter;
    const isUnseen = outcome === 'notified' || outcome === 'nobody_listens';
    if (isUnseen || (outcome === 'failed' && isUnannounced(waiter))) return [];
    return sightings.since(clearance === undefined ? announcedAt : Math.max(startedAt, clearance.at));
  };

  const resultOf = (
    waiter: Waiter,
    outcome: ReloadOutcome | undefined,
    reports: readonly InstanceReport[],
    error?: unknown,
  ): ReloadResult => {
    const { startedAt, announcedAt, listeners, notifiedAt } = waiter;
    const now = performance.now();
    const courseOf = (report: InstanceReport): InstanceCourse => {
      const { wasFresh, freshAt = now } = sightings.course(report.instance.url, startedAt, announcedAt);
      return courseFor(waiter, report, { wasFresh, freshAt: isFresh(report) ? freshAt : undefined });
    };
    return {
      outcome: outcome ?? outcomeOf(reports),
      error,
      isAnnounced: Number.isFinite(announcedAt),
      durationMs: Math.round(now - startedAt),
      notifiedAfterMs: notifiedAfterMs(waiter),
      notifications: notifiedAt.length,
      listeners,
      instances: reports.map(courseOf),
    };
  };

  return {
    reload: (request) =>
      new Promise((resolve) => {
        const end = (loadMs: number) => {
          waiter.isSettled = true;
          expectLoad(loadMs);
          clearTimeout(deadline);
          waiting.delete(waiter);
          unwantSearch();
          prover.forget(waiter);
          announcer.remove(waiter);
        };
        const waiter: Waiter = {
          request,
          startedAt: performance.now(),
          announcedAt: Number.POSITIVE_INFINITY,
          notifiedAt: [],
          clearance: undefined,
          isSettled: false,
          listeners: { listening: [], elsewhere: [], complete: false },
          settle(given, proof) {
            const outcome = given ?? (unheard.has(waiter) ? 'nobody_listens' : undefined);
            const failure = prover.failureSince(waiter.announcedAt);
            if (outcome === undefined && failure !== undefined) return waiter.fail(failure);
            end(outcome === 'fresh' ? msToLoad(provenLoadMs) : unknownLoadMs);
            resolve(resultOf(waiter, outcome, proof ?? seenSince(waiter, outcome)));
          },
          fail(error) {
            end(unknownLoadMs);
            resolve(resultOf(waiter, 'failed', seenSince(waiter, 'failed'), error));
          },
        };
        const deadline = request.waitMs === 0 ? undefined : setTimeout(() => waiter.settle(), request.waitMs);
        if (isClosed) return waiter.settle('interrupted');
        waiting.add(waiter);
        if (wantsWitness(waiter)) search.begin();
        announcer.add(waiter);
      }),
    loadedUntil() {
      if (waiting.size > 0) expectLoad(msToLoad(0));
      return Math.min(loadingUntil, performance.now());
    },
    heard() {
      heardSoFar++;
      lastToldAt = performance.now();
      expectLoad(unknownLoadMs);
      pace.heard();
      repeatDueSince = undefined;
      announcer.heard();
      void clearances.sample();
    },
    close() {
      isClosed = true;
      for (const waiter of [...waiting]) waiter.settle('interrupted');
    },
  };
}

function partition<Value>(values: readonly Value[], isFirst: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

/** Whether one witness is proof enough, if there is one. */
function wantsWitness({ request }: Waiter): boolean {
  return request.waitMs > 0 && !request.config;
}

function isUnannounced({ announcedAt }: Waiter): boolean {
  return !Number.isFinite(announcedAt);
}

function payloadsFor(waiters: readonly Waiter[]): Payload[] {
  return waiters.some(({ request }) => request.config) ? ['reload config', 'reload schema'] : ['reload schema'];
}

function outcomeOf(reports: readonly InstanceReport[]): ReloadOutcome {
  return reports.some((report) => loadFailureOf(report) !== undefined) ? 'load_failed' : 'deadline_passed';
}
