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
  /** Undefined where it could not be read. */
  fingerprint: Fingerprint | undefined;
  /** Undefined for none. */
  change: Change | undefined;
}

/** What PostgREST was last told of, and what it has to be told since. */
export interface Told {
  /** A transaction is committed that sent a notification. */
  heard(): void;
  /** Looks for what changed. Throws what node-postgres throws. */
  look(): Promise<Seen>;
  /** Tells PostgREST of what was seen, without waiting for it to load. */
  tell(fingerprint: Fingerprint | undefined, change: Change): void;
  /** Tells PostgREST once more of what it was told. */
  repeat(change: Change): void;
  /** PostgREST needs not be told of what was seen. */
  accept(fingerprint: Fingerprint | undefined): void;
  /** Looks, and tells PostgREST if there is something to tell. Throws nothing. */
  check(): Promise<void>;
  /** From now on it is not known what PostgREST was told. */
  forget(): void;
}

export interface ToldOptions {
  readFingerprint: ReadFingerprint;
  /** Tells PostgREST; settles when it has loaded, or is given up on. Rejects where it could not be told. */
  reload(change: Change): Promise<unknown>;
  /** PostgREST could not be told: what it has to be told is not forgotten. */
  onFailure(): void;
}

export function createTold({ readFingerprint, reload, onFailure }: ToldOptions): Told {
  let told: Fingerprint | undefined;
  /** Since the last look. */
  let transactions = 0;
  /** Under way as far as we know, and whether one was since the last look began. */
  let loads = 0;
  let hasLoaded = false;

  const look = async (): Promise<Seen> => {
    const cause = told === undefined ? 'takeover' : transactions > 0 ? 'trigger' : 'watcher';
    const isUnclear = transactions > 1 && hasLoaded;
    transactions = 0;
    hasLoaded = loads > 0;
    const fingerprint = await readFingerprint();
    const config = told?.configuration !== fingerprint.configuration;
    const schema = fingerprint.schema === undefined || told?.schema !== fingerprint.schema;
    // Where it is unclear, all is as it was, but a load may have seen what was there after the first of several transactions.
    return { fingerprint, change: config || schema || isUnclear ? { cause, config } : undefined };
  };

  const repeat = (change: Change): void => {
    loads++;
    hasLoaded = true;
    reload(change)
      .catch(() => {
        told = undefined;
        onFailure();
      })
      .finally(() => {
        loads--;
      });
  };

  const tell: Told['tell'] = (fingerprint, change) => {
    told = fingerprint;
    repeat(change);
  };

  return {
    heard: () => {
      transactions++;
    },
    look,
    tell,
    repeat,
    accept: (fingerprint) => {
      told = fingerprint;
    },
    async check() {
      // What cannot be read may well have changed.
      const unread: Seen = { fingerprint: undefined, change: { cause: 'takeover', config: true } };
      const { fingerprint, change } = await look().catch(() => unread);
      if (change !== undefined) tell(fingerprint, change);
    },
    forget: () => {
      told = undefined;
    },
  };
}
