// `npm run bench:storm` measures what many migrations of a schema that is not exposed do to PostgREST and its users, under
// each event trigger. It takes minutes, and wants a machine that does nothing else.
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import t, { type Test } from 'tap';
import { migration } from '../src/trigger/migration.js';
import { pair } from '../test/corpus/triggers.js';
import { sandboxFor } from '../test/helper.js';
import { connect } from './connect.js';
import { countLoads, cpuOf, untilQuiet } from './loads.js';
import { median, quantile } from './quantile.js';
import { startService } from './service.js';
import { asAuthenticator, makeTables } from './tables.js';
import { type Answer, latencies, startTraffic } from './traffic.js';

const tables = 2_000;
const migrations = 200;
const migrationPaceMs = 100;
const requestPaceMs = 10;
// Whoever waits longer notices.
const patienceMs = 100;

interface Variant {
  name: string;
  /** Installs the trigger. */
  trigger?: string;
  /** Whether the database says which schemas are exposed. */
  isTold?: true;
  /** The service runs too, with these settings. */
  service?: Record<string, string>;
  /** Whether the storm may have PostgREST load. */
  mayLoad: boolean;
}

const variants: Variant[] = [
  { name: 'none', mayLoad: false },
  { name: 'pair', trigger: pair, mayLoad: true },
  { name: 'ours, told', trigger: migration.up, isTold: true, mayLoad: false },
  { name: 'ours, not told', trigger: migration.up, mayLoad: true },
  { name: 'gate', trigger: migration.up, service: { RELOAD_MODE: 'gated' }, mayLoad: false },
];

for (const variant of variants) {
  t.test(variant.name, async (t) => {
    const sandbox = await sandboxFor(t);
    const databaseUrl = await makeTables(t, sandbox.databaseUrl, 'storm', tables);
    const client = await connect(t, databaseUrl);
    await client.query('insert into public.t0 (id) values (1); create schema internal');
    if (variant.isTold)
      await client.query(`alter role authenticator in database storm set pgrst.db_schemas = 'public'`);
    if (variant.trigger !== undefined) await client.query(variant.trigger);
    const { url, pid } = await sandbox.addPostgrest({ PGRST_DB_URI: asAuthenticator(databaseUrl) });
    if (variant.service !== undefined) {
      await startService(t, { DATABASE_URL: databaseUrl, POSTGREST_URLS: url, ...variant.service });
    }
    const storm = await measure(t, { client, databaseUrl, url, pid, postgresPid: sandbox.postgresPid });
    report(t, storm);
    if (!variant.mayLoad) t.equal(storm.loads, 0, 'PostgREST does not load');
  });
}

interface Storm {
  durationMs: number;
  answers: Answer[];
  loads: number;
  notifications: number;
  cpuSeconds: number;
}

interface Bench {
  client: pg.Client;
  databaseUrl: string;
  url: string;
  /** That of PostgREST. */
  pid: number;
  postgresPid: number;
}

async function measure(t: Test, { client, databaseUrl, url, pid, postgresPid }: Bench): Promise<Storm> {
  const listener = await connect(t, databaseUrl);
  let notifications = 0;
  listener.on('notification', () => notifications++);
  await listener.query('listen pgrst');
  await untilQuiet(client, 2_000);
  notifications = 0;
  const loadsBefore = countLoads(pid);
  const cpuBefore = cpuOf(pid, postgresPid);

  const traffic = startTraffic([url], '/t0?id=eq.1', requestPaceMs);
  const startedAt = performance.now();
  for (let number = 0; number < migrations; number++) {
    await delay(Math.max(0, startedAt + number * migrationPaceMs - performance.now()));
    await client.query(migrationOf(number));
  }
  const durationMs = performance.now() - startedAt;
  const answers = await traffic.stop();
  // The last load may be under way.
  await untilQuiet(client, 2_000);
  const cpuSeconds = cpuOf(pid, postgresPid) - cpuBefore;
  return { durationMs, answers, loads: countLoads(pid) - loadsBefore, notifications, cpuSeconds };
}

/** What changes nothing that PostgREST reads. A function without arguments would: it may be db-pre-config. */
function migrationOf(number: number): string {
  const table = `internal.table_${Math.floor(number / 4)}`;
  const kinds = [
    `create table ${table} (id int primary key, note text)`,
    `alter table ${table} add column more int`,
    `comment on column ${table}.note is 'Note ${number}'`,
    `create function internal.add_${number}(a int, b int) returns int language sql return a + b`,
  ];
  return kinds[number % kinds.length] ?? '';
}

function report(t: Test, { durationMs, answers, loads, notifications, cpuSeconds }: Storm): void {
  const times = latencies(answers);
  const late = times.filter((time) => time > patienceMs).length;
  t.comment(`  ${migrations} migrations in ${(durationMs / 1000).toFixed(1)} s`);
  t.comment(`  ${notifications} notifications, ${loads} loads`);
  t.comment(`  ${cpuSeconds.toFixed(1)} s of CPU for PostgreSQL and PostgREST`);
  t.comment(`  no good answer within ${patienceMs} ms for ${(outage(answers) / 1000).toFixed(1)} s in all`);
  t.comment(`  ${late} of ${answers.length} requests took longer than that`);
  t.comment(`  requests: p50 ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`);
}

/** How long somebody waited in vain, in ms: all the time of requests that took longer than 100 ms or failed. */
function outage(answers: readonly Answer[]): number {
  const bad = answers
    .filter(({ dueAt, endedAt, isGood }) => !isGood || endedAt - dueAt > patienceMs)
    .map(({ dueAt, endedAt }) => ({ from: dueAt, to: Math.max(endedAt, dueAt + requestPaceMs) }));
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of bad) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}
