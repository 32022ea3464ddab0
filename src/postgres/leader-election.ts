import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { type Lock, tryLock, unlock } from './advisory-lock.js';
import { keepConnected, type PersistentConnection, type PersistentConnectionOptions } from './persistent-connection.js';

export interface LeaderOptions
  extends Pick<PersistentConnectionOptions, 'databaseUrl' | 'channels' | 'onNotification' | 'delay'> {
  /** The leader lock: whoever holds it leads. */
  lock: Lock;
  onElected(): void;
  /** Is run on the connection when the leader steps down in order, once others may lead. */
  beforeClose?(client: pg.ClientBase): Promise<void>;
  /** Follows an `onElected`. */
  onLost(): void;
  /** What time it is, in milliseconds of a clock that never goes back. */
  now?(): number;
}

/** One of several processes that want to lead; one at a time does. */
export interface Leader extends PersistentConnection {
  isElected(): boolean;
  /**
   * Steps down within a second, and runs again later, on a new connection: after 1 s, and twice as long
   * each time up to a minute if it has to step down again soon.
   */
  stepDown(): void;
}

const firstRestMs = 1_000;
const longestRestMs = 60_000;

/**
 * Runs for leader until it is closed. A leader loses its lock with its session, at the latest 5 s after it was
 * frozen or cut off; another one has it a second later.
 */
export function runFor(options: LeaderOptions): Leader {
  const { now = () => performance.now() } = options;
  let isElected = false;
  let isSteppingDown = false;
  let electedAt = 0;
  let restMs = 0;
  let restUntil = 0;

  const beforeClose = async (client: pg.ClientBase): Promise<void> => {
    if (!isElected) return;
    await unlock(client, options.lock);
    await options.beforeClose?.(client);
  };

  const connection = keepConnected({
    ...options,
    beforeClose,
    async beat(client) {
      if (isSteppingDown) {
        await beforeClose(client);
        throw new Error('It has stepped down.');
      }
      if (isElected || now() < restUntil) {
        await client.query('select 1');
        return;
      }
      // Never waits: somebody who waits for the lock would keep others from sharing it.
      if (!(await tryLock(client, options.lock))) return;
      isElected = true;
      electedAt = now();
      options.onElected();
    },
    onLost() {
      isSteppingDown = false;
      if (!isElected) return;
      isElected = false;
      options.onLost();
    },
  });
  return {
    isElected: () => isElected,
    stepDown() {
      if (!isElected || isSteppingDown) return;
      isSteppingDown = true;
      const steppedDownAt = now();
      restMs =
        steppedDownAt - electedAt > longestRestMs
          ? firstRestMs
          : Math.min(Math.max(restMs * 2, firstRestMs), longestRestMs);
      restUntil = steppedDownAt + restMs;
    },
    close: connection.close,
  };
}
