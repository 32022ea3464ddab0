import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { describeRestless, type Turnover } from '../fleet/turnover.js';
import { TooLateError, within } from '../lib/timeout.js';
import type { NotificationListener } from '../notifications/listener.js';
import { explainDatabaseError } from '../postgres/errors.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { resolveInstances } from '../postgrest/fleet.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { findListeners } from '../sessions/listeners.js';
import { findLockHolders } from '../sessions/lock-holders.js';
import type { Trigger } from '../trigger/trigger.js';
import { hasDrift, type InstanceReport, isFailure, tellingMs, type Verifier } from '../verify/verify.js';
import { leaderLockOf } from '../watch/controller.js';

export type HealthStatus = 'pass' | 'warn' | 'fail';

export interface Check {
  status: HealthStatus;
  /** ISO 8601, in UTC. */
  time: string;
  componentId?: string;
  observedValue?: number;
  observedUnit?: string;
  output?: string;
}

export type CheckName = 'database' | 'postgrest' | 'listeners' | 'trigger' | 'drift' | 'reloads' | 'leader';
export type Checks = Record<CheckName, Check[]>;

export interface HealthOptions {
  /** A pool of its own, with timeouts of 1 s, so that no other work keeps it waiting. */
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  trigger: Trigger;
  verifier: Pick<Verifier, 'last'>;
  channel: string;
  isGated: boolean;
  watch: 'off' | 'verify' | 'heal';
  turnover: Turnover;
  listener: Pick<NotificationListener, 'storm' | 'listeningSince'>;
  /** How long any check may take; 1 s if not given. */
  checkTimeoutMs?: number;
  /** What time it is, in milliseconds of a clock that never goes back. */
  now?(): number;
}

// An answer is due within 1.5 s.
const defaultCheckTimeoutMs = 1_000;
const dnsTimeoutMs = 300;
// Of the time for a check: one that hangs must not make the check of the API late.
const adminShare = 0.7;
// However many ask, what is behind is asked once a second.
const maxAgeMs = 1_000;

/** Returns a function that checks everything, at most once a second; it never throws. */
export function createHealth(options: HealthOptions): () => Promise<Checks> {
  return atMostEverySecond(() => checkAll(options), options.now);
}

/** Returns a function that tells whether `pool` works, asking at most once a second; it never throws. */
export function createReadiness(pool: pg.Pool): () => Promise<boolean> {
  return atMostEverySecond(() =>
    within(defaultCheckTimeoutMs, pool.query('select 1')).then(
      () => true,
      () => false,
    ),
  );
}

/** The worst that the checks say, those in `exclude` left out: of several instances one has to work. */
export function overallStatus(checks: Checks, exclude: readonly string[]): HealthStatus {
  const statuses = Object.entries(checks)
    .filter(([name]) => !exclude.includes(name))
    .map(([, group]) => groupStatus(group));
  return worst(statuses);
}

function groupStatus(group: readonly Check[]): HealthStatus {
  const statuses = group.map(({ status }) => status);
  const status = worst(statuses);
  return status === 'fail' && statuses.some((other) => other !== 'fail') ? 'warn' : status;
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.includes('fail') ? 'fail' : statuses.includes('warn') ? 'warn' : 'pass';
}

function atMostEverySecond<Result>(run: () => Promise<Result>, now = () => performance.now()): () => Promise<Result> {
  let latest: { result: Promise<Result>; at: number } | undefined;
  return () => {
    if (latest === undefined || now() - latest.at > maxAgeMs) {
      latest = { result: run(), at: now() };
    }
    return latest.result;
  };
}

async function checkAll(options: HealthOptions): Promise<Checks> {
  const resolving = resolve(options);
  const [database, postgrest, listeners, trigger, leader] = await Promise.all([
    timed(options, 'fail', async () => {
      await options.pool.query('select 1');
      return {};
    }),
    checkInstances(options, resolving),
    timed(options, 'warn', () => checkListeners(options, resolving)),
    timed(options, 'warn', () => checkTrigger(options)),
    timed(options, 'warn', () => checkLeader(options)),
  ]);
  return {
    database: [database],
    postgrest,
    listeners: [listeners],
    trigger: [trigger],
    drift: [checkDrift(options)],
    reloads: [checkReloads(options)],
    leader: [leader],
  };
}

type Observation = Partial<Pick<Check, 'status' | 'output'>>;

/** Runs one check; `onError` is its status where it throws or takes too long. */
async function timed(
  { checkTimeoutMs = defaultCheckTimeoutMs }: HealthOptions,
  onError: HealthStatus,
  observe: () => Promise<Observation>,
): Promise<Check> {
  const time = new Date().toISOString();
  const startedAt = performance.now();
  const observation = await within(checkTimeoutMs, observe()).catch((error: unknown) => ({
    status: onError,
    output: explain(error),
  }));
  const observedValue = Math.round(performance.now() - startedAt);
  return { status: 'pass', ...observation, time, observedValue, observedUnit: 'ms' };
}

type Resolving = Promise<readonly Instance[]>;

/** The instances that their names stand for now; those that are configured where that takes too long. */
function resolve({ instances }: HealthOptions): Resolving {
  return within(dnsTimeoutMs, resolveInstances(instances)).catch(() => instances);
}

async function checkInstances(options: HealthOptions, resolving: Resolving): Promise<Check[]> {
  return Promise.all(
    (await resolving).map(async (instance) => {
      const check = await timed(options, 'fail', () => checkInstance(options, instance));
      return { ...check, componentId: instance.url };
    }),
  );
}

/** Whether its API serves; what its admin server has to say, or does not say in time, is no more than a warning. */
async function checkInstance({ client, checkTimeoutMs }: HealthOptions, instance: Instance): Promise<Observation> {
  const timeoutMs = checkTimeoutMs ?? defaultCheckTimeoutMs;
  const warning = client.isReady(instance, AbortSignal.timeout(timeoutMs * adminShare)).then(
    (isReady) => (isReady ? undefined : 'Its admin server says that it is not ready.'),
    (error: unknown) => `Its admin server: ${explain(error)}`,
  );
  try {
    await client.identify(instance, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    const isKept = error instanceof InstanceError && error.code === 'not_covered';
    if (isKept) return withWarning(await warning);
    // It serves others, and its admin server tells us the rest.
    const servesOthers = error instanceof InstanceError && error.code === 'unauthorized';
    const isReady = instance.adminUrl !== undefined && (await warning) === undefined;
    if (!servesOthers || !isReady) throw error;
    return { status: 'warn', output: error.message };
  }
  return withWarning(await warning);
}

function withWarning(output: string | undefined): Observation {
  return output === undefined ? {} : { status: 'warn', output };
}

async function checkListeners({ pool, channel, turnover }: HealthOptions, resolving: Resolving): Promise<Observation> {
  const [{ listening, complete }, instances] = await Promise.all([findListeners(pool, channel), resolving]);
  if (!complete) return { output: 'The database role may not see who listens: grant it pg_read_all_stats.' };
  const restless = turnover.saw(listening).map(describeRestless);
  const isEnough = listening.length >= instances.length;
  if (isEnough && restless.length === 0) return {};
  const count = `${listening.length} sessions listen on ${channel}, for ${instances.length} instances.`;
  return { status: 'warn', output: [...(isEnough ? [] : [count]), ...restless].join(' ') };
}

async function checkTrigger({ trigger }: HealthOptions): Promise<Observation> {
  const problems = await trigger.problems();
  return problems.length === 0 ? {} : { status: 'warn', output: problems.map(({ detail }) => detail).join(' ') };
}

async function checkLeader({ pool, channel, isGated, watch }: HealthOptions): Promise<Observation> {
  if (!isGated && watch === 'off') return {};
  const holders = await findLockHolders(pool, leaderLockOf({ isGated, channel }));
  if (holders.some(({ isOurs }) => isOurs)) return {};
  const strangers = holders.map(({ pid }) => pid).join(', ');
  const reason =
    strangers === '' ? '' : `: a session that is not of pgrst-ops (pid ${strangers}) holds or waits for its lock`;
  return { status: 'warn', output: `Nobody keeps the ${isGated ? 'gate' : 'watch'}${reason}.` };
}

function checkDrift({ verifier }: HealthOptions): Check {
  const last = verifier.last();
  if (last === undefined) return { status: 'pass', time: new Date().toISOString(), output: 'Not verified yet.' };
  if (Date.now() - last.at.getTime() > tellingMs)
    return { status: 'pass', time: new Date().toISOString(), output: 'Not verified lately.' };
  const stale = last.reports
    .filter((report) => hasDrift(report) || isMisconfigured(report))
    .map(({ instance }) => instance.url);
  const unread = last.reports.filter(isFailure).map(({ instance }) => instance.url);
  const time = last.at.toISOString();
  if (stale.length > 0) return { status: 'warn', time, output: `Stale: ${stale.join(', ')}.` };
  if (unread.length > 0) return { status: 'warn', time, output: `Not read: ${unread.join(', ')}.` };
  return { status: 'pass', time };
}

function checkReloads({ listener }: HealthOptions): Check {
  const time = new Date().toISOString();
  const storm = listener.storm();
  if (storm !== undefined) return { status: 'warn', time, output: `A reload storm: ${storm.detail}` };
  if (listener.listeningSince() === undefined)
    return { status: 'pass', time, output: 'Not listening: what others tell PostgREST is not heard.' };
  return { status: 'pass', time };
}

function isMisconfigured(report: InstanceReport): boolean {
  return !isFailure(report) && report.configuration.length > 0;
}

function explain(error: unknown): string {
  if (error instanceof InstanceError) return error.message;
  if (error instanceof TooLateError) return `No answer within ${error.ms} ms.`;
  return explainDatabaseError(error)?.detail ?? 'The check failed.';
}
