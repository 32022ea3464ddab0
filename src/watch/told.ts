import { performance } from 'node:perf_hooks';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { ReloadCause } from '../reload/history.js';
import type { Fingerprint, ReadFingerprint } from './fingerprint.js';

/** What PostgREST has to be told. */
export interface Change {
  cause: Exclude<ReloadCause, 'call'>;
  /** Its configuration changed too. */
  config: boolean;
}

/** What a look found. */
export interface Seen {
  fingerprint: Fingerprint;
  /** Undefined for none. */
  change: Change | undefined;
}

/** What PostgREST was last told of, and what it has to be told since. */
export interface Told {
  /** A transaction is committed that sent a notification. */
  heard(): void;
  /** How many of them were heard of so far. */
  heardSoFar(): number;
  /** Others have had PostgREST load since so many were heard of: it may have what was seen by nobody here. */
  loadedByOthers(since: number): void;
  /** Looks for what changed. Throws what node-postgres throws. */
  look(): Promise<Seen>;
  /** Tells PostgREST of what was seen, without waiting for it to load. */
  tell(fingerprint: Fingerprint, change: Change): void;
  /** Tells PostgREST once more of what it was told. */
  repeat(change: Change): void;
  /** PostgREST needs not be told of what was seen. */
  accept(fingerprint: Fingerprint): void;
  /** Looks, and tells PostgREST if there is something to tell. Throws nothing. */
  check(): Promise<void>;
  /** Whether PostgREST may have to be told of something, or may not have been yet. */
  isOwing(): boolean;
  /** From now on it is not known what PostgREST was told. */
  forget(): void;
}

export interface ToldOptions {
  readFingerprint: ReadFingerprint;
  /** Tells PostgREST; settles with whether it is proven to have loaded. Rejects where it could not be told. */
  reload(change: Change): Promise<boolean>;
  /** Until when PostgREST may have been loading, on the clock of `performance.now()`; now where it still may. */
  loadedUntil(): number;
  /** PostgREST could not be told: what it has to be told is not forgotten. */
  onFailure(error: unknown): void;
  /** PostgREST was told of something new, and not seen to take it up. */
  onUnproven(): void;
  /** What time it is, on the clock of `loadedUntil`. */
  now?(): number;
  /** Waits; so does the real clock if not given. */
  delay?(ms: number): Promise<unknown>;
}

// What is committed by then is heard of, and a burst of transactions is over when as long nothing was heard.
const quietMs = 200;
// A burst may go on for hours.
const longestBurstMs = 10_000;

export function createTold(options: ToldOptions): Told {
  const { readFingerprint, reload, loadedUntil, onFailure, onUnproven } = options;
  const { now = () => performance.now(), delay = realDelay } = options;
  let told: Fingerprint | undefined;
  /** Transactions heard of so far, and before the last look began; when the first one since then was heard of. */
  let heard = 0;
  let heardBefore = 0;
  let firstHeardAt = Number.POSITIVE_INFINITY;
  /** How many of them PostgREST knows all of, and how often it is being told. */
  let settled = 0;
  let telling = 0;
  /** How many were heard of when others had PostgREST load; undefined once it is told again. */
  let heardByOthers: number | undefined;

  /** Whether a transaction may have undone what PostgREST has from others. */
  const isOthersUndone = (): boolean => heardByOthers !== undefined && heard > heardByOthers;

  /**
   * Whether of transactions of which the first was heard of at `since` one may have undone another, and a load have seen
   * what was in between. Some of them may be heard of a little later.
   */
  const mayBeUndone = (since: number): boolean => since <= loadedUntil() || isOthersUndone();
  const isUndone = (before: number): boolean => heard - before > 1 || isOthersUndone();

  /**
   * How what is there differs from what was told. A fingerprint that says nothing of the schema may; one that says nothing
   * of some schemas may where `isHeard`: a transaction was heard of.
   */
  const differenceOf = ({ schema, isPartial, configuration }: Fingerprint, isHeard: boolean) => ({
    config: told?.configuration !== configuration,
    schema: schema === undefined || (isPartial && isHeard) || told?.schema !== schema,
  });

  /** Settles with whether a burst goes on that began before `until`: once after it is enough, as what is told is loaded. */
  const isBurstAfter = async (restMs: number, until: number): Promise<boolean> => {
    await delay(Math.max(quietMs, restMs));
    return heard > heardBefore && now() < until;
  };

  const look = async (): Promise<Seen> => {
    const before = heardBefore;
    const cause: Change['cause'] = told === undefined ? 'takeover' : heard > before ? 'trigger' : 'watcher';
    const until = now() + longestBurstMs;
    let since = Number.POSITIVE_INFINITY;
    let fingerprint: Fingerprint;
    let startedAt: number;
    do {
      startedAt = now();
      since = Math.min(since, firstHeardAt);
      heardBefore = heard;
      firstHeardAt = Number.POSITIVE_INFINITY;
      fingerprint = await readFingerprint();
      const { config, schema } = differenceOf(fingerprint, heardBefore > before);
      if (config || schema) return { fingerprint, change: { cause, config } };
      since = Math.min(since, firstHeardAt);
    } while (mayBeUndone(since) && (await isBurstAfter(now() - startedAt, until)));
    const change = mayBeUndone(since) && isUndone(before) ? { cause, config: false } : undefined;
    return { fingerprint, change };
  };

  const settle = (upTo: number): void => {
    settled = Math.max(settled, upTo);
  };

  const bring = async (change: Change, isNew: boolean): Promise<void> => {
    const upTo = heardBefore;
    telling++;
    try {
      const isProven = await reload(change);
      settle(upTo);
      if (isNew && !isProven) onUnproven();
    } catch (error) {
      told = undefined;
      onFailure(error);
    } finally {
      telling--;
    }
  };

  const repeat: Told['repeat'] = (change) => void bring(change, false);

  const tell: Told['tell'] = (fingerprint, change) => {
    told = fingerprint;
    heardByOthers = undefined;
    void bring(change, true);
  };

  return {
    heard() {
      heard++;
      firstHeardAt = Math.min(firstHeardAt, now());
    },
    heardSoFar: () => heard,
    loadedByOthers(since) {
      heardByOthers = Math.min(since, heardByOthers ?? since);
    },
    look,
    tell,
    repeat,
    accept: (fingerprint) => {
      told = fingerprint;
    },
    async check() {
      const seen = await look().catch(() => undefined);
      if (seen?.change !== undefined) tell(seen.fingerprint, seen.change);
      else if (seen !== undefined) settle(heardBefore);
      if (seen !== undefined) return;
      // What cannot be read may well have changed.
      told = undefined;
      repeat({ cause: 'takeover', config: true });
    },
    isOwing: () => told === undefined || telling > 0 || heard > settled,
    forget: () => {
      told = undefined;
    },
  };
}
