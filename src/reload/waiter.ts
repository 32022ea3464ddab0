import type { Listeners } from '../sessions/listeners.js';
import type { InstanceReport } from '../verify/comparer.js';
import type { Clearance } from './clearance.js';
import type { Course } from './sightings.js';

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
  | 'interrupted'
  /** PostgreSQL did not take the notification, or the catalogs could not be read until the time was over. */
  | 'failed';

/** What became of one instance. */
export interface InstanceCourse {
  /** What was last seen of it since the notification. */
  report: InstanceReport;
  /** Whether it was fresh when it was first seen since the request; undefined where it did not answer. */
  wasFresh: boolean | undefined;
  /** Notifications sent while it was not fresh. */
  notifications: number;
  /** From the request to when it was seen to be fresh; undefined where it is not. */
  freshAfterMs: number | undefined;
}

export interface ReloadResult {
  outcome: ReloadOutcome;
  /** What node-postgres threw, of one that `failed`. */
  error?: unknown;
  /** PostgREST was told, or was seen to load without. */
  isAnnounced: boolean;
  durationMs: number;
  /** From the request to the first notification; undefined where none was sent. */
  notifiedAfterMs: number | undefined;
  /** Sent for this request, those that it shares with others included. */
  notifications: number;
  listeners: Listeners;
  instances: InstanceCourse[];
}

/** Somebody who waits for a reload. Times are those of `performance.now()`. */
export interface Waiter {
  request: ReloadRequest;
  startedAt: number;
  /** When PostgREST was told, or was seen to load without; infinite before that. */
  announcedAt: number;
  /** When its notifications were sent. */
  notifiedAt: number[];
  /** Holds for all that was committed when it came; undefined where there is none. */
  clearance: Clearance | undefined;
  listeners: Listeners;
  isSettled: boolean;
  /** Without an outcome: as things are when the time is over. `proof` is what was seen of each instance that is fresh. */
  settle(outcome?: ReloadOutcome, proof?: readonly InstanceReport[]): void;
  fail(error: unknown): void;
}

export function isWaiting({ isSettled }: Waiter): boolean {
  return !isSettled;
}

/** Whether the next schema cache that an instance takes up has all that was committed before the waiter came. */
export function isQuick({ clearance, request }: Waiter): boolean {
  return clearance !== undefined && !request.config;
}

/** How long it took to notify PostgREST for `waiter`; undefined where that was not done. */
export function notifiedAfterMs({ startedAt, notifiedAt: [first] }: Waiter): number | undefined {
  return first === undefined ? undefined : Math.round(first - startedAt);
}

/** What became of an instance, as `waiter` is told. */
export function courseFor(waiter: Waiter, report: InstanceReport, { wasFresh, freshAt }: Course): InstanceCourse {
  const isBefore = (time: number) => freshAt === undefined || time <= freshAt;
  return {
    report,
    wasFresh,
    notifications: waiter.notifiedAt.filter(isBefore).length,
    freshAfterMs: freshAt === undefined ? undefined : Math.round(freshAt - waiter.startedAt),
  };
}
