import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Listeners } from '../catalog/listeners.js';
import { isLoading } from '../catalog/loads.js';
import { isHeard, notify, type Payload } from './notify.js';
import { createPace } from './pace.js';
import { createSightings } from './sightings.js';
import { type InstanceReport, isConfigured, isFailure, isFresh, type Verifier } from './verify.js';

export interface ReloadRequest {
  /** How long to wait for the proof; 0 sends the notification and waits for nothing. */
  waitMs: number;
  /** Reload the configuration too. */
  config: boolean;
}

export type ReloadOutcome =
  /** Every instance serves what the catalog has. */
  | 'fresh'
  /** The notification is sent, and nobody waited for more. */
  | 'notified'
  /** No session listens on the channel. */
  | 'nobody_listens'
  /** The time is over, and an instance says that it cannot load the schema cache. */
  | 'load_failed'
  /** The time is over, and an instance is not fresh. */
  | 'deadline_passed'
  /** This service stopped waiting because it shuts down. */
  | 'interrupted';

export interface ReloadResult {
  outcome: ReloadOutcome;
  durationMs: number;
  /** Sent for this request, those that it shares with others included. */
  notifications: number;
  listeners: Listeners;
  /** What was last seen of each instance since the notification. */
  reports: InstanceReport[];
}

export interface Reloader {
  /**
   * Notifies PostgREST and waits until every instance is proven to serve what the catalog has, with a look at both that
   * began after this call and after the notification. Requests at the same time share notifications and looks.
   * Throws what node-postgres throws if the notification cannot be sent.
   */
  reload(request: ReloadRequest): Promise<ReloadResult>;
  /** Lets no request wait any longer, neither those that wait now nor later ones. */
  close(): void;
}

export interface ReloaderOptions {
  pool: pg.Pool;
  verifier: Pick<Verifier, 'look'>;
  channel: string;
}

// Requests that come this close together share one notification.
const gatherMs = 20;
const lookTimeoutMs = 15_000;
// PostgREST takes 50 to 150 ms to load a small schema, and for a large one about as long as we take to read both sides.
const settlingMs = (lookMs: number) => Math.min(Math.max(300, lookMs), 3_000);

interface Waiter {
  request: ReloadRequest;
  startedAt: number;
  /** When its notification was sent, on the clock of `performance.now()`. */
  notifiedAt: number;
  notifications: number;
  listeners: Listeners;
  isSettled: boolean;
  /** Without an outcome: as things are when the time is over. */
  settle(outcome?: ReloadOutcome): void;
  fail(error: unknown): void;
}

export function createReloader({ pool, verifier, channel }: ReloaderOptions): Reloader {
  /** All that wait, for whatever. */
  const waiting = new Set<Waiter>();
  /** Waiting for their notification. */
  let arrived: Waiter[] = [];
  /** Notified, waiting for the proof. */
  const notified = new Set<Waiter>();
  const sightings = createSightings();
  const pace = createPace();
  /** Why the last look failed as a whole, and when it began; undefined where it did not. */
  let failure: { error: unknown; at: number } | undefined;
  let isNotifying = false;
  let isClosed = false;
  let isProving = false;

  const announce = async (): Promise<void> => {
    isNotifying = true;
    await delay(gatherMs);
    while (arrived.length > 0) {
      const waiters = arrived;
      arrived = [];
      await announceTo(waiters);
    }
    isNotifying = false;
  };

  const announceTo = async (waiters: Waiter[]): Promise<void> => {
    try {
      const listeners = await notify(pool, channel, payloadsFor(waiters));
      for (const waiter of waiters.filter(({ isSettled }) => !isSettled)) announced(waiter, listeners);
    } catch (error) {
      for (const waiter of waiters) waiter.fail(error);
    }
    if (!isProving && notified.size > 0) void prove();
  };

  const announced = (waiter: Waiter, listeners: Listeners): void => {
    waiter.listeners = listeners;
    waiter.notifiedAt = performance.now();
    waiter.notifications++;
    pace.restart();
    if (!isHeard(listeners)) waiter.settle('nobody_listens');
    else if (waiter.request.waitMs === 0) waiter.settle('notified');
    else notified.add(waiter);
  };

  /** Looks until nobody waits any more. */
  const prove = async (): Promise<void> => {
    isProving = true;
    while (notified.size > 0) await proveOnce([...notified]);
    isProving = false;
  };

  const proveOnce = async (waiters: Waiter[]): Promise<void> => {
    const beganAt = performance.now();
    const reports = await look();
    if (reports?.every(isFresh)) {
      await conclude(waiters, beganAt, reports.every(isConfigured));
      return;
    }
    await repeatIfDue(waiters);
    await delay(pace.nextPollMs());
  };

  /** Ends the waiting of those to whom it is proven that the instances, which are fresh, have loaded. */
  const conclude = async (waiters: Waiter[], beganAt: number, isConfiguredNow: boolean): Promise<void> => {
    const settledMs = settlingMs(performance.now() - beganAt);
    const proven = waiters.filter(
      (waiter) => isProven(waiter, beganAt - settledMs) && (isConfiguredNow || !waiter.request.config),
    );
    if (proven.length > 0 && (await isLoadSeen())) {
      await delay(pace.nextPollMs());
      return;
    }
    for (const waiter of proven) waiter.settle('fresh');
    if (proven.length === waiters.length) return;
    if (!isConfiguredNow) await repeatIfDue(waiters);
    await delay(isConfiguredNow ? settledMs : pace.nextPollMs());
  };

  /**
   * Whether what is fresh now proves a load after the notification: an instance was stale since and is no more, or has
   * had time to load. One that was fresh all along may still be loading what we do not compare, or fail to.
   */
  const isProven = ({ notifiedAt }: Waiter, settledSince: number): boolean =>
    notifiedAt <= settledSince || sightings.wereAllStaleSince(notifiedAt);

  /** Whether a load is seen to be under way, which may bring what is not compared, or fail. */
  const isLoadSeen = (): Promise<boolean> => isLoading(pool).catch(() => true);

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

  const repeatIfDue = async (waiters: Waiter[]): Promise<void> => {
    if (!pace.isRepeatDue()) return;
    try {
      await notify(pool, channel, payloadsFor(waiters));
      for (const waiter of waiters) waiter.notifications++;
    } catch {
      // The next look meets the same error.
    }
  };

  return {
    reload: (request) =>
      new Promise((resolve, reject) => {
        const end = () => {
          waiter.isSettled = true;
          clearTimeout(deadline);
          waiting.delete(waiter);
          notified.delete(waiter);
          arrived = arrived.filter((other) => other !== waiter);
        };
        const waiter: Waiter = {
          request,
          startedAt: performance.now(),
          notifiedAt: Number.POSITIVE_INFINITY,
          notifications: 0,
          isSettled: false,
          listeners: { listening: [], elsewhere: [], complete: false },
          settle(outcome) {
            const { startedAt, notifiedAt, notifications, listeners } = waiter;
            if (outcome === undefined && failure !== undefined && failure.at >= notifiedAt)
              return waiter.fail(failure.error);
            end();
            const hasLooked = outcome !== 'notified' && outcome !== 'nobody_listens';
            const reports = hasLooked ? sightings.since(notifiedAt) : [];
            const durationMs = Math.round(performance.now() - startedAt);
            resolve({ outcome: outcome ?? outcomeOf(reports), durationMs, notifications, listeners, reports });
          },
          fail(error) {
            end();
            reject(error);
          },
        };
        const deadline = request.waitMs === 0 ? undefined : setTimeout(() => waiter.settle(), request.waitMs);
        if (isClosed) return waiter.settle('interrupted');
        waiting.add(waiter);
        arrived.push(waiter);
        if (!isNotifying) void announce();
      }),
    close() {
      isClosed = true;
      for (const waiter of [...waiting]) waiter.settle('interrupted');
    },
  };
}

function payloadsFor(waiters: readonly Waiter[]): Payload[] {
  return waiters.some(({ request }) => request.config) ? ['reload config', 'reload schema'] : ['reload schema'];
}

function outcomeOf(reports: InstanceReport[]): ReloadOutcome {
  const cannotLoad = reports.some((report) => isFailure(report) && report.error.code === 'no_schema_cache');
  return cannotLoad ? 'load_failed' : 'deadline_passed';
}
