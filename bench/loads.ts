import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** How many times a PostgREST of the sandbox has loaded its schema cache: its log, where its output goes, tells. */
export function countLoads(pid: number): number {
  return readFileSync(`/proc/${pid}/fd/1`, 'utf8').match(/Schema cache loaded/g)?.length ?? 0;
}

/** Waits until no session of PostgREST has been doing anything for `quietMs`. */
export async function untilQuiet(client: pg.Client, quietMs: number): Promise<void> {
  let quietSince = performance.now();
  while (performance.now() - quietSince < quietMs) {
    await delay(20);
    const { rows } = await client.query(
      `select from pg_stat_activity where usename = 'authenticator' and state <> 'idle'`,
    );
    if (rows.length > 0) quietSince = performance.now();
  }
}
