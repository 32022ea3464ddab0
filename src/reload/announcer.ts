import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { longestHoldUpMs } from './notify.js';
import type { Waiter } from './waiter.js';

/** Has one notification serve all who come at about the same time. */
export interface Announcer {
  add(waiter: Waiter): void;
  remove(waiter: Waiter): void;
  /** Somebody else has told PostgREST to reload its schema, which serves those who came before. */
  heard(): void;
}

export interface AnnouncerOptions {
  /** Has a load that is under way serve these; false where there is none that does. Throws nothing. */
  join(waiters: readonly Waiter[]): Promise<boolean>;
  /** Sends a notification for these; false where another copy does, unless it is urgent. Throws nothing. */
  send(waiters: readonly Waiter[], isUrgent: boolean): Promise<boolean>;
  /** Has the notification that somebody else has sent serve these. Throws nothing. */
  served(waiters: readonly Waiter[]): Promise<boolean>;
  /** Settles when all is heard that others had sent before; false where we do not hear them. Throws nothing. */
  catchUp(): Promise<boolean>;
  /** Is called now and then while others may come. Throws nothing. */
  meanwhile(): Promise<void>;
  /** Whether PostgREST is seen to load. Throws nothing. */
  isLoading(): Promise<boolean>;
}

// Requests that come this close together share one notification, and copies of this service do not send at once.
const gatherMs = 20;
const jitterMs = 10;
const stepMs = 10;
// Those who come while PostgREST loads share the next notification, which it would keep until it has loaded anyway.
const shortestRestMs = 50;
const longestRestMs = 500;
// After its last question until it is seen that a load is taken up.
const takeUpMs = 150;
const pollMs = 20;

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  let arrived: Waiter[] = [];
  let isAtWork = false;
  let sentAt = Number.NEGATIVE_INFINITY;
  /** Since when others have kept all from having a notification sent; undefined where nobody does. */
  let heldUpSince: number | undefined;
  let loadSeenAt = Number.NEGATIVE_INFINITY;
  /** What is heard from now on was sent after those came that came before this. */
  let caughtUpAt = Number.NEGATIVE_INFINITY;
  /** Who came before this is served by what was last heard. */
  let servedUntil = Number.NEGATIVE_INFINITY;

  const catchUp = async (): Promise<void> => {
    const at = performance.now();
    if (await options.catchUp()) caughtUpAt = at;
  };

  const work = async (): Promise<void> => {
    isAtWork = true;
    heldUpSince = undefined;
    const until = performance.now() + gatherMs + Math.random() * jitterMs;
    while (performance.now() < until) {
      await Promise.all([options.meanwhile(), catchUp()]);
      await delay(Math.max(0, Math.min(stepMs, until - performance.now())));
    }
    while (arrived.length > 0) {
      if (await forAll(options.join)) {
        heldUpSince = undefined;
        // However many come one after the other, few looks serve them.
        await delay(shortestRestMs);
      } else {
        await sendOrWait();
      }
    }
    isAtWork = false;
  };

  const sendOrWait = async (): Promise<void> => {
    const isUrgent = heldUpSince !== undefined && performance.now() - heldUpSince > longestHoldUpMs;
    const isLater = !isUrgent && (await isResting());
    if (!isLater && (await forAll((waiters) => send(waiters, isUrgent)))) {
      heldUpSince = undefined;
      return;
    }
    heldUpSince ??= performance.now();
    await Promise.all([delay(pollMs), catchUp()]);
  };

  const isResting = async (): Promise<boolean> => {
    const restedMs = performance.now() - sentAt;
    if (restedMs < shortestRestMs) return true;
    if (restedMs >= longestRestMs) return false;
    if (await options.isLoading()) loadSeenAt = performance.now();
    return performance.now() - loadSeenAt < takeUpMs;
  };

  const send = async (waiters: readonly Waiter[], isUrgent: boolean): Promise<boolean> => {
    const isSent = await options.send(waiters, isUrgent);
    if (isSent) sentAt = performance.now();
    return isSent;
  };

  /** Does `serve` for all that have arrived; they wait on where it returns false. */
  const forAll = async (serve: (waiters: readonly Waiter[]) => Promise<boolean>): Promise<boolean> => {
    const waiters = arrived;
    if (waiters.length === 0) return true;
    arrived = [];
    const isServed = await serve(waiters);
    if (!isServed) {
      arrived = [...waiters, ...arrived].filter(({ isSettled }) => !isSettled);
      serveByOthers();
    }
    return isServed;
  };

  /** What was heard while a notification was about to be sent for some of them serves these too. */
  const serveByOthers = (): void => {
    const isServed = ({ startedAt, request }: Waiter) => !request.config && startedAt < servedUntil;
    const served = arrived.filter(isServed);
    arrived = arrived.filter((waiter) => !isServed(waiter));
    if (served.length > 0) void options.served(served);
  };

  return {
    add(waiter) {
      arrived.push(waiter);
      if (!isAtWork) void work();
    },
    remove(waiter) {
      arrived = arrived.filter((other) => other !== waiter);
    },
    heard() {
      sentAt = performance.now();
      servedUntil = caughtUpAt;
      serveByOthers();
    },
  };
}
