import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Waiter } from './waiter.js';

/** Has one notification serve all who come at about the same time. */
export interface Announcer {
  add(waiter: Waiter): void;
  remove(waiter: Waiter): void;
  /** Somebody else has told PostgREST to reload its schema, which serves those who came before. */
  heard(): void;
}

export interface AnnouncerOptions {
  /** Sends a notification for these; false where it was not the moment to. Throws nothing. */
  send(waiters: readonly Waiter[]): Promise<boolean>;
  /** Somebody else has sent a notification for these. Throws nothing. */
  served(waiters: readonly Waiter[]): Promise<void>;
  /** Is called now and then while others may come. Throws nothing. */
  meanwhile(): Promise<void>;
  /** Whether PostgREST is seen to load. Throws nothing. */
  isLoading(): Promise<boolean>;
}

// Requests that come this close together share one notification, and copies of this service do not send at once.
const gatherMs = 20;
const jitterMs = 10;
const stepMs = 4;
// Those who come while PostgREST loads share the next notification, which it would keep until it has loaded anyway.
const shortestRestMs = 50;
const longestRestMs = 500;
const pollMs = 20;
// How long a notification may take to be heard of.
const deliveryMs = 5;

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  let arrived: Waiter[] = [];
  let isAtWork = false;
  let sentAt = Number.NEGATIVE_INFINITY;

  const work = async (): Promise<void> => {
    isAtWork = true;
    const until = performance.now() + gatherMs + Math.random() * jitterMs;
    while (performance.now() < until) {
      await options.meanwhile();
      await delay(Math.max(0, Math.min(stepMs, until - performance.now())));
    }
    while (arrived.length > 0) {
      if (await isResting()) await delay(pollMs);
      else await sendToAll();
    }
    isAtWork = false;
  };

  const isResting = async (): Promise<boolean> => {
    const restedMs = performance.now() - sentAt;
    return restedMs < shortestRestMs || (restedMs < longestRestMs && (await options.isLoading()));
  };

  const sendToAll = async (): Promise<void> => {
    const waiters = arrived;
    arrived = [];
    if (await options.send(waiters)) sentAt = performance.now();
    else {
      arrived = [...waiters, ...arrived].filter(({ isSettled }) => !isSettled);
      await delay(pollMs);
    }
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
      const isServed = ({ startedAt, request }: Waiter) => !request.config && startedAt < sentAt - deliveryMs;
      const served = arrived.filter(isServed);
      arrived = arrived.filter((waiter) => !isServed(waiter));
      if (served.length > 0) void options.served(served);
    },
  };
}
