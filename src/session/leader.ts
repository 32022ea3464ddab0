import { type Standing, type StandingOptions, stand } from './standing.js';

export interface LeaderOptions extends Pick<StandingOptions, 'databaseUrl' | 'channels' | 'onNotification'> {
  /** What is led; an advisory lock in the database stands for it. */
  office: { kind: string; name: string };
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
      const { rows } = await client.query<{ elected: boolean }>(
        'select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext($1), pg_catalog.hashtext($2)) as elected',
        [options.office.kind, options.office.name],
      );
      if (rows[0]?.elected !== true) return;
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
