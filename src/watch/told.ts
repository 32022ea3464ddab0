import { setTimeout as delay } from 'node:timers/promises';
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
  /** From now on it is not known what PostgREST was told. */
  forget(): void;
}

export interface ToldOptions {
  readFingerprint: ReadFingerprint;
  /** Tells PostgREST; settles when it has loaded, or is given up on. Rejects where it could not be told. */
  reload(change: Change): Promise<unknown>;
  /** Whether PostgREST may be loading, or was a moment ago. */
  mayBeLoading(): boolean;
  /** PostgREST could not be told: what it has to be told is not forgotten. */
  onFailure(): void;
}

// How long after its commit a transaction may be heard of.
const deliveryMs = 50;

export function createTold({ readFingerprint, reload, mayBeLoading, onFailure }: ToldOptions): Told {
  let told: Fingerprint | undefined;
  /** Transactions heard of so far, before the last look began, and up to the last one that a load may have seen. */
  let heard = 0;
  let heardBefore = 0;
  let heardInLoad = 0;
  /** How many were heard of when others had PostgREST load; undefined once it is told again. */
  let heardByOthers: number | undefined;

  /**
   * Whether of the transactions since `before` one may have undone another, and a load have seen what was in between.
   * Some of them may be heard of a little later. Or one undid what PostgREST has from others.
   */
  const isUnclear = async (before: number): Promise<boolean> => {
    if (heardByOthers !== undefined && heard > heardByOthers) return true;
    if (heardInLoad <= before) return false;
    await delay(deliveryMs);
    return heard - before > 1;
  };

  const look = async (): Promise<Seen> => {
    const before = heardBefore;
    const cause = told === undefined ? 'takeover' : heard > before ? 'trigger' : 'watcher';
    heardBefore = heard;
    const fingerprint = await readFingerprint();
    const config = told?.configuration !== fingerprint.configuration;
    const schema = fingerprint.schema === undefined || told?.schema !== fingerprint.schema;
    const hasChanged = config || schema || (await isUnclear(before));
    return { fingerprint, change: hasChanged ? { cause, config } : undefined };
  };

  const repeat = (change: Change): void => {
    reload(change).catch(() => {
      told = undefined;
      onFailure();
    });
  };

  const tell: Told['tell'] = (fingerprint, change) => {
    told = fingerprint;
    heardByOthers = undefined;
    repeat(change);
  };

  return {
    heard() {
      heard++;
      if (mayBeLoading()) heardInLoad = heard;
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
      if (seen !== undefined) return;
      // What cannot be read may well have changed.
      told = undefined;
      repeat({ cause: 'takeover', config: true });
    },
    forget: () => {
      told = undefined;
    },
  };
}
