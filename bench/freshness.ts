import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';

// Without a pause, four watchers take as much CPU as a small machine has: loads took a third longer.
const pauseMs = 2;

/** When an instance was seen to serve a new column. Times are those of `performance.now()`. */
export interface Freshness {
  /** When the first answer came that knew it. */
  at: number;
  /** When the last request was sent whose answer did not know it. */
  lastStaleAt: number;
}

/** Asks one instance about columns, on one kept connection. */
export interface Watcher {
  /** Asks again and again, each time 2 ms after the answer, until `table` has `column` in the schema cache. */
  untilFresh(table: string, column: string): Promise<Freshness>;
  close(): Promise<void>;
}

/** No request of a watcher reaches the database: PostgREST plans it, and refuses what it would have to answer with. */
export function watch(url: string): Watcher {
  const client = new Client(url, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const knows = async (table: string, column: string): Promise<boolean> => {
    const { body } = await client.request({
      method: 'POST',
      path: `/${table}?columns=${column}`,
      headers: { accept: 'application/x-pgrst-ops-probe', 'content-type': 'application/json' },
      body: '[]',
    });
    return (await body.text()).includes('PGRST107');
  };
  return {
    async untilFresh(table, column) {
      let lastStaleAt = Number.NEGATIVE_INFINITY;
      for (;;) {
        const askedAt = performance.now();
        if (await knows(table, column)) return { at: performance.now(), lastStaleAt };
        lastStaleAt = askedAt;
        await delay(pauseMs);
      }
    },
    close: () => client.close(),
  };
}
