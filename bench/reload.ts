// `npm run bench:reload` measures how soon POST /schema/reload answers, beside the moment from which PostgREST really is
// fresh, and what that does to ordinary requests. It takes minutes, and wants a machine that does nothing else.
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import t, { type Test } from 'tap';
import { migration } from '../src/trigger/migration.js';
import { sandboxFor } from '../test/helper.js';
import { connect } from './connect.js';
import { type Watcher, watch } from './freshness.js';
import { untilQuiet } from './loads.js';
import { estimate, median, quantile } from './quantile.js';
import { startService } from './service.js';
import { asAuthenticator, makeTables } from './tables.js';
import { type Answer, latencies, startTraffic } from './traffic.js';

const sizes = [
  { tables: 10, rounds: 15 },
  { tables: 1_000, rounds: 15 },
  { tables: 5_000, rounds: 5 },
];
const instanceCounts = [1, 4];
const paceMs = 20;
// Small schemas are loaded before there are many requests to judge by.
const leastWindowMs = 500;
// A load that was not waited for may follow.
const quietMs = 500;
const reloadWaitSeconds = 120;

for (const { tables, rounds } of sizes) {
  t.test(`${tables} tables of 10 columns`, async (t) => {
    const sandbox = await sandboxFor(t);
    const databaseUrl = await makeTables(t, sandbox.databaseUrl, 'reload', tables);
    const client = await connect(t, databaseUrl);
    await client.query('insert into public.t0 (id) values (1)');
    const change = changes(client, tables);
    const urls: string[] = [];
    for (const instances of instanceCounts) {
      while (urls.length < instances) {
        urls.push((await sandbox.addPostgrest({ PGRST_DB_URI: asAuthenticator(databaseUrl) })).url);
      }
      for (const hasTrigger of [false, true]) {
        const title = `${instances} ${instances === 1 ? 'instance' : 'instances'}, ${hasTrigger ? 'with' : 'without'} the trigger`;
        await t.test(title, async (t) => {
          await client.query(hasTrigger ? migration.up : migration.down);
          const bench = await setUp(t, { client, databaseUrl, urls, change, hasTrigger });
          judge(t, await measure(bench, rounds));
        });
      }
    }
  });
}

/** A transaction that PostgREST has to hear of, as far as it is not committed: the column that it adds. */
type Change = () => Promise<{ table: string; column: string }>;

interface Bench {
  client: pg.Client;
  urls: readonly string[];
  watchers: readonly Watcher[];
  change: Change;
  hasTrigger: boolean;
  reloadUrl: string;
  /** When notifications were heard, on the clock of `performance.now()`. */
  heard: readonly number[];
}

/** What one change led to; times in ms after COMMIT. */
interface Round {
  /** When the last instance was seen to be fresh. */
  fresh: number;
  /** When the 200 came; undefined where nobody was asked to prove anything. */
  proven: number | undefined;
  /** Whether an instance was stale for a request that was sent after the 200. */
  isEarly: boolean;
  notifications: number;
  /** Of the ordinary requests meanwhile, and of those of them from the notification until all were fresh. */
  latencies: number[];
  whileLoading: number[];
}

interface Measured {
  proving: Round[];
  notifying: Round[];
  idle: number[];
}

/** Adds a column to one table after another; not to t0, which the ordinary requests read. */
function changes(client: pg.Client, tables: number): Change {
  let number = 0;
  return async () => {
    const table = `t${1 + (number % (tables - 1))}`;
    const column = `added_${number++}`;
    await client.query('begin');
    await client.query(`alter table public.${table} add column ${column} int`);
    return { table, column };
  };
}

async function setUp(
  t: Test,
  options: Omit<Bench, 'watchers' | 'reloadUrl' | 'heard'> & { databaseUrl: string },
): Promise<Bench> {
  const { databaseUrl, urls } = options;
  const service = await startService(t, { DATABASE_URL: databaseUrl, POSTGREST_URLS: urls.join() });
  const watchers = urls.map(watch);
  t.teardown(() => Promise.all(watchers.map((watcher) => watcher.close())));
  const listener = await connect(t, databaseUrl);
  const heard: number[] = [];
  listener.on('notification', () => heard.push(performance.now()));
  await listener.query('listen pgrst');
  return { ...options, watchers, reloadUrl: `${service.url}/schema/reload`, heard };
}

/** Has the service prove one change, and PostgREST only notified of another, in turn. */
async function measure(bench: Bench, rounds: number): Promise<Measured> {
  const measured: Measured = { proving: [], notifying: [], idle: [] };
  const prove = async () => void measured.proving.push(await runRound(bench, () => reload(bench.reloadUrl)));
  const notify = async () => void measured.notifying.push(await runRound(bench, undefined));
  // To warm up.
  await runRound(bench, () => reload(bench.reloadUrl));
  await runRound(bench, undefined);
  for (let round = 0; round < rounds; round++) {
    for (const run of round % 2 === 0 ? [prove, notify] : [notify, prove]) await run();
    await untilQuiet(bench.client, quietMs);
    measured.idle.push(...latencies((await withTraffic(bench.urls, () => delay(leastWindowMs))).answers));
  }
  return measured;
}

/** Commits a change, and waits until it is served, and proven where there is somebody to `prove` it. */
async function runRound(bench: Bench, prove: (() => Promise<number>) | undefined): Promise<Round> {
  const { client, watchers, hasTrigger, heard } = bench;
  await untilQuiet(client, quietMs);
  const heardBefore = heard.length;
  const { result, answers } = await withTraffic(bench.urls, async () => {
    const { table, column } = await bench.change();
    await client.query('commit');
    const committedAt = performance.now();
    const [seen, provenAt] = await Promise.all([
      Promise.all(watchers.map((watcher) => watcher.untilFresh(table, column))),
      prove?.(),
      hasTrigger || prove !== undefined ? undefined : client.query(`notify pgrst, 'reload schema'`),
      delay(leastWindowMs),
    ]);
    const freshAt = Math.max(...seen.map(({ at }) => at));
    return {
      freshAt,
      fresh: freshAt - committedAt,
      proven: provenAt === undefined ? undefined : provenAt - committedAt,
      isEarly: provenAt !== undefined && seen.some(({ lastStaleAt }) => lastStaleAt > provenAt),
    };
  });
  const notifiedAt = heard[heardBefore] ?? Number.NaN;
  const { freshAt, ...round } = result;
  return {
    ...round,
    notifications: heard.length - heardBefore,
    latencies: latencies(answers),
    whileLoading: latencies(answers.filter(({ dueAt }) => dueAt >= notifiedAt && dueAt <= freshAt)),
  };
}

/** Asks for a reload, and returns when its 200 came. */
async function reload(url: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ wait: reloadWaitSeconds }),
  });
  const at = performance.now();
  const body = await response.text();
  if (response.status !== 200) throw new Error(`The reload ended with ${response.status}: ${body}`);
  return at;
}

/** Does `work`; returns also what became of the ordinary requests that were due meanwhile. */
async function withTraffic<Result>(
  urls: readonly string[],
  work: () => Promise<Result>,
): Promise<{ result: Result; answers: Answer[] }> {
  const traffic = startTraffic(urls, '/t0?id=eq.1', paceMs);
  try {
    // Until all connections are there.
    await delay(5 * paceMs);
    const startedAt = performance.now();
    const result = await work();
    const endedAt = performance.now();
    const isMeanwhile = ({ dueAt }: Answer) => dueAt >= startedAt && dueAt <= endedAt;
    return { result, answers: (await traffic.stop()).filter(isMeanwhile) };
  } finally {
    await traffic.stop();
  }
}

function judge(t: Test, { proving, notifying, idle }: Measured): void {
  const fresh = median(proving.map((round) => round.fresh));
  const proven = median(proving.map((round) => round.proven ?? Number.NaN));
  const behind = proving.map((round) => (round.proven ?? Number.NaN) - round.fresh);
  const notifications = proving.map((round) => round.notifications);
  t.comment(`  really fresh ${ms(fresh)} after COMMIT (only notified: ${ms(median(notifying.map((r) => r.fresh)))})`);
  t.comment(`  200          ${ms(proven)} after COMMIT`);
  t.comment(`  difference   ${ms(median(behind))}, at worst ${ms(Math.max(...behind))}`);
  t.comment(`  notified     ${median(notifications)} times, at most ${Math.max(...notifications)}`);
  for (const [name, latencies] of Object.entries({
    'proven  ': proving.flatMap((round) => round.whileLoading),
    notified: notifying.flatMap((round) => round.whileLoading),
    'idle    ': idle,
  })) {
    t.comment(
      `  requests, ${name}  p50 ${ms(median(latencies))}, p99 ${ms(quantile(latencies, 0.99))}, of ${latencies.length}`,
    );
  }
  // Those of one round are slow together: what can be told of all is told by the rounds, each beside its neighbour. On
  // average all count, also those before the notification; a median of these and those would tell how many there are.
  const slower = (of: (round: Round) => number) =>
    estimate(proving.map((round, number) => of(round) - of(notifying[number] as Round)));
  const p50 = slower(({ whileLoading }) => median(whileLoading));
  const most = slower(({ whileLoading }) => Math.max(...whileLoading));
  const average = slower(({ latencies }) => mean(latencies));
  for (const [name, { mean, error }] of Object.entries({
    'at the median': p50,
    'the slowest': most,
    'on average': average,
  })) {
    t.comment(`  ${name.padEnd(13)}${ms(mean)} slower than where it is only notified, give or take ${ms(error)}`);
  }
  t.notOk(
    proving.some(({ isEarly }) => isEarly),
    'nobody is stale after the 200',
  );
  t.ok(median(behind) <= 25, 'the 200 comes at most 25 ms after PostgREST is fresh');
  const isNone = ({ mean, error }: typeof p50, allowedMs: number) => mean <= allowedMs + 2 * error;
  t.ok(isNone(p50, 1), 'as far as can be told the median request is no slower than without proving');
  t.ok(isNone(most, 5), 'nor is the slowest one of each load');
  t.ok(isNone(average, 1), 'nor are all on average');
}

function mean(values: readonly number[]): number {
  return estimate(values).mean;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0).padStart(5)} ms`;
}
