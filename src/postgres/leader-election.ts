import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { type Lock, tryLock, unlock } from './advisory-lock.js';
import { type Standing, type StandingOptions, stand } from './persistent-connection.js';

export interface LeaderOptions extends Pick<StandingOptions, 'databaseUrl' | 'channels' | 'onNotification' | 'delay'> {
  /** What is led; an advisory lock in the database stands for it. */
  office: Lock;
  onElected(): void;
  /** Is run on the connection when the office is given up in order, once others may have it. */
  farewell?(client: pg.ClientBase): Promise<void>;
  /** Follows an `onElected`. */
  onLost(): void;
  /** What time it is, in milliseconds of a clock that never goes back. */
  now?(): number;
}

/** One of several processes that want to lead; one at a time does. */
export interface Leader extends Standing {
  isElected(): boolean;
  /**
   * Gives the office up within a second, and stands for it again later, on a new connection: after 1 s, and twice as long
   * each time up to a minute if it has to resign again soon.
   */
  resign(): void;
}

const firstRestMs = 1_000;
const longestRestMs = 60_000;

/**
 * Stands for an office until it is closed. Whoever holds it loses it with its session, at the latest 5 s after it was
 * frozen or cut off; another one has it a second later.
 */
export function runFor(options: LeaderOptions): Leader {
  const { now = () => performance.now() } = options;
  let isElected = false;
  let isResigning = false;
  let electedAt = 0;
  let restMs = 0;
  let restUntil = 0;

  const farewell = async (client: pg.ClientBase): Promise<void> => {
    if (!isElected) return;
    await unlock(client, options.office);
    await options.farewell?.(client);
  };

  const standing = stand({
    ...options,
    farewell,
    async beat(client) {
      if (isResigning) {
        await farewell(client);
        throw new Error('It has resigned.');
      }
      if (isElected || now() < restUntil) {
        await client.query('select 1');
        return;
      }
      // Never waits: somebody who waits for the lock would keep others from sharing it.
      if (!(await tryLock(client, options.office))) return;
      isElected = true;
      electedAt = now();
      options.onElected();
    },
    onLost() {
      isResigning = false;
      if (!isElected) return;
      isElected = false;
      options.onLost();
    },
  });
  return {
    isElected: () => isElected,
    resign() {
      if (!isElected || isResigning) return;
      isResigning = true;
      const resignedAt = now();
      restMs =
        resignedAt - electedAt > longestRestMs
          ? firstRestMs
          : Math.min(Math.max(restMs * 2, firstRestMs), longestRestMs);
      restUntil = resignedAt + restMs;
    },
    close: standing.close,
  };
}
