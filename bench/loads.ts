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

/** Seconds of CPU that a PostgREST has taken, and those of its sessions in PostgreSQL that are still there. */
export async function cpuOf(client: pg.Client, pid: number): Promise<number> {
  const { rows } = await client.query(
    `select pid from pg_stat_activity where usename = 'authenticator' and datname = current_database()`,
  );
  return [pid, ...rows.map((row) => row.pid)].reduce((sum, each) => sum + cpuSeconds(each), 0);
}

function cpuSeconds(pid: number): number {
  // What follows the name, which may hold spaces: state, ..., utime and stime in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
