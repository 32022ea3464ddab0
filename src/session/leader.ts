import { type Lock, tryLock } from '../catalog/locks.js';
import { type Standing, type StandingOptions, stand } from './standing.js';

export interface LeaderOptions extends Pick<StandingOptions, 'databaseUrl' | 'channels' | 'onNotification'> {
  /** What is led; an advisory lock in the database stands for it. */
  office: Lock;
  onElected(): void;
  /** Follows an `onElected`. */
  onLost(): void;
}

/** One of several processes that want to lead; one at a time does. */
export interface Leader extends Standing {
  isElected(): boolean;
}

/**
 * Stands for an office until it is closed. Whoever holds it loses it with its session, at the latest 5 s after it was
 * frozen or cut off; another one has it a second later.
 */
export function runFor(options: LeaderOptions): Leader {
  let isElected = false;
  const standing = stand({
    ...options,
    async beat(client) {
      if (isElected) {
        await client.query('select 1');
        return;
      }
      // Never waits: somebody who waits for the lock would keep others from sharing it.
      if (!(await tryLock(client, options.office))) return;
      isElected = true;
      options.onElected();
    },
    onLost() {
      if (!isElected) return;
      isElected = false;
      options.onLost();
    },
  });
  return { isElected: () => isElected, close: standing.close };
}
