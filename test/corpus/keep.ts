import pg from 'pg';
import { countWrites } from '../../src/catalog/fingerprint.js';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { notify } from '../../src/reload/notify.js';
import { createReader } from '../../src/verify/comparer.js';
import { startController } from '../../src/watch/controller.js';
import { createFingerprinter } from '../../src/watch/fingerprint.js';
import { gateChannel } from '../../src/watch/gate.js';
import { until } from '../helper.js';
import type { Case } from './cases.js';
import { runDdl, setUp } from './run.js';

/** What PostgREST was told of a case while a controller kept the gate. */
export interface Kept {
  case: Case;
  payloads: string[];
}

const silent = { elected() {}, lost() {}, stale() {}, failed() {} };

/** Runs `item` in the database of `databaseUrl`, which has our trigger, while somebody keeps the gate and the watch. */
export async function keep(databaseUrl: string, item: Case, intervalMs: number, wait: boolean): Promise<Kept> {
  const pool = createPool(databaseUrl, 2);
  const client = new pg.Client({ connectionString: databaseUrl });
  const postgrest = new pg.Client({ connectionString: asAuthenticator(databaseUrl) });
  const payloads: string[] = [];
  let checkedAt = 0;
  await Promise.all([client.connect(), postgrest.connect()]);
  await setUp(client, item);
  postgrest.on('notification', ({ payload }) => payloads.push(payload ?? ''));
  await postgrest.query('listen pgrst');
  const readFingerprint = fingerprinterFor(pool, item);
  const controller = startController({
    databaseUrl,
    channel: 'pgrst',
    isGated: true,
    watch: 'heal',
    intervalMs,
    async readFingerprint() {
      const startedAt = performance.now();
      const fingerprint = await readFingerprint();
      checkedAt = startedAt;
      return fingerprint;
    },
    countWrites: () => countWrites(pool),
    verify: async () => ({ at: new Date(), durationMs: 0, reports: [], catalogs: [] }),
    async reload({ config }) {
      await notify(pool, 'pgrst', config ? ['reload config', 'reload schema'] : ['reload schema']);
      return true;
    },
    loadedUntil: () => Number.NEGATIVE_INFINITY,
    log: silent,
  });
  /** Waits for a check that begins after this call. */
  const checked = async () => {
    const calledAt = performance.now();
    await pool.query('select pg_notify($1, $2)', [gateChannel, 'pgrst']);
    await until('it is checked', () => checkedAt >= calledAt);
  };
  try {
    await until('it is elected, and PostgREST told', () => payloads.length > 0);
    await checked();
    payloads.length = 0;
    await runDdl(client, item);
    // Its session tells the counters when it ends.
    await client.end();
    if (wait) await until(`${item.id} is noticed`, () => payloads.length > 0);
    await checked();
    await postgrest.query('select 1');
    // Not what the controller may say last.
    return { case: item, payloads: [...payloads] };
  } finally {
    await controller.close();
    await Promise.all([client.end(), postgrest.end(), pool.end()]);
  }
}

function fingerprinterFor(pool: pg.Pool, { schemas, extra_search_path }: Case) {
  const client = createPostgrestClient({});
  const reader = createReader(pool, client, { role: 'anon', extraSearchPath: extra_search_path ?? ['public'] });
  const instances = [{ url: 'http://127.0.0.1:9' }];
  return createFingerprinter({ pool, client, instances, schemas, channel: 'pgrst', reader, largeReader: reader });
}

function asAuthenticator(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = url.password = 'authenticator';
  return url.href;
}
