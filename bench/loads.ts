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

/** Seconds of CPU that these processes have taken, their children that ended or still run included. */
export function cpuOf(...pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    // What follows the name, which may hold spaces: state, ...; utime, stime, cutime and cstime are in 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const own = fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / 100;
    return sum + own + cpuOf(...children);
  }, 0);
}
