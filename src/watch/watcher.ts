import { performance } from 'node:perf_hooks';
import { setTimeout as realDelay } from 'node:timers/promises';
import {
  hasDrift,
  type InstanceReport,
  isConfigured,
  isFailure,
  isFresh,
  tellingMs,
  type Verification,
} from '../verify/verify.js';
import type { Fingerprint } from './fingerprint.js';
import type { Seen, Told } from './told.js';

export interface WatcherOptions {
  intervalMs: number;
  /** Whether it reloads what is stale, or only says so. */
  heals: boolean;
  /** What PostgREST was told of, or what was last looked at where it is told nothing. */
  told: Told;
  /** Tells PostgREST at once of what changed; undefined where it is told by others, and compared first. */
  check: (() => Promise<void>) | undefined;
  /** Whether others told PostgREST of what was seen. */
  isAnnounced(fingerprint: Fingerprint): boolean;
  /** Stays the same as long as nobody writes to the catalogs. */
  countWrites(): Promise<string>;
  verify(): Promise<Verification>;
  /** Called when other instances are stale than at the last look. */
  onStale(stale: readonly InstanceReport[]): void;
  onError(error: unknown): void;
  /** What time it is, in milliseconds of a clock that never goes back. */
  now?(): number;
  /** Waits `ms`, or until `signal` aborts; so does the real clock if not given. */
  delay?(ms: number, signal: AbortSignal): Promise<unknown>;
}

/** Looks for what no event trigger tells of, until it is stopped. */
export interface Watcher {
  start(): void;
  /** Has all compared at the next look: PostgREST may have loaded what is there no more. */
  compareNext(): void;
  /** Looks at the catalogs next time, whether or not they were written to. */
  lookAgain(): void;
  stop(): void;
}

// However quiet the catalogs are, all is compared as often.
const fullLookMs = 600_000;

/**
 * Every `intervalMs` it looks at the counters of what is written to the catalogs, at the catalogs when these have moved,
 * and at PostgREST when the catalogs have changed. What is stale is looked at again, and healed, ever more rarely.
 */
export function createWatcher(options: WatcherOptions): Watcher {
  const { told, check, heals, intervalMs, isAnnounced } = options;
  const { now = () => performance.now(), delay = (ms, signal) => realDelay(ms, undefined, { signal }) } = options;
  // Looks are up to an interval late, and what is stale is not to be forgotten between two.
  const longestBackoffMs = Math.max(intervalMs, tellingMs - 2 * intervalMs);
  let running: AbortController | undefined;
  let writes: string | undefined;
  let compareAt = 0;
  /** How often it was asked to compare next. */
  let demands = 0;
  /** From when on what is stale is told again. */
  let healAt = 0;
  let backoffMs = intervalMs;
  let staleUrls = '';

  const compareNext = (): void => {
    compareAt = 0;
    demands++;
  };

  const look = async (): Promise<void> => {
    const counted = await options.countWrites();
    if (counted !== writes) await lookAtCatalogs();
    writes = counted;
    if (now() >= compareAt) await compare();
  };

  const lookAtCatalogs = async (): Promise<void> => {
    if (check !== undefined) return check();
    const seen = await told.look();
    if (seen.change !== undefined) await compare(seen);
  };

  const compare = async (seen?: Seen): Promise<void> => {
    const demandsBefore = demands;
    const { reports } = await options.verify();
    const stale = reports.filter((report) => !isFailure(report) && !(isFresh(report) && isConfigured(report)));
    // One that serves what is there and cannot load what comes needs no notification.
    const healable = stale.filter((report) => hasDrift(report) || !isConfigured(report));
    const isDue = now() >= healAt || urlsOf(stale) !== staleUrls;
    planNext(stale.length === 0 && !reports.some(isFailure), isDue, demands > demandsBefore);
    report(stale, !reports.some(isFailure));
    const config = seen?.change?.config === true || !stale.every(isConfigured);
    const change = { cause: seen?.change?.cause ?? 'watcher', config } as const;
    const isUntold = seen?.change !== undefined && !isAnnounced(seen.fingerprint) && !reports.every(isCertain);
    if (seen !== undefined && heals && (isUntold || config || healable.length > 0)) told.tell(seen.fingerprint, change);
    else if (seen !== undefined) told.accept(seen.fingerprint);
    else if (heals && isDue && healable.length > 0) told.repeat(change);
  };

  const planNext = (isSettled: boolean, isDue: boolean, isDemanded: boolean): void => {
    const plannedAt = now();
    if (isSettled) {
      healAt = 0;
      backoffMs = intervalMs;
    } else if (isDue) {
      healAt = plannedAt + backoffMs;
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    }
    if (!isDemanded) compareAt = isSettled ? plannedAt + fullLookMs : healAt;
  };

  const report = (stale: readonly InstanceReport[], areAllKnown: boolean): void => {
    // One that was stale and does not answer may still be.
    if (stale.length === 0 && !areAllKnown) return;
    const urls = urlsOf(stale);
    if (urls !== staleUrls) options.onStale(stale);
    staleUrls = urls;
  };

  const run = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      await look().catch(options.onError);
      await delay(intervalMs, signal).catch(() => {});
    }
  };

  return {
    start() {
      writes = undefined;
      compareNext();
      running = new AbortController();
      void run(running);
    },
    compareNext,
    lookAgain() {
      writes = undefined;
    },
    stop: () => running?.abort(),
  };
}

function urlsOf(reports: readonly InstanceReport[]): string {
  return reports.map(({ instance }) => instance.url).join(', ');
}

/** Fresh in all that PostgREST caches, not only in what its public API shows. */
function isCertain(report: InstanceReport): boolean {
  return isFresh(report) && !isFailure(report) && report.source === 'schema_cache';
}
