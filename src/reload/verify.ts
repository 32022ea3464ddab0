import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { countColumns, writtenSoFar } from '../catalog/size.js';
import { getOrMake } from '../model/maps.js';
import type { Model } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type Exposure, exposureOf } from '../postgrest/exposure.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance } from '../postgrest/instance.js';
import { coalesce } from './coalesce.js';
import { isProvenByNames, untilNamesAreCached } from './confirm.js';
import { findObject, type ObjectName } from './find.js';
import { lookAtObject } from './look-at-object.js';
import type { InstanceFailure, InstanceReport, LocalReader, Reader } from './reader.js';

export type { InstanceReport };

/** Catalog and instances, compared. */
export interface Verification {
  at: Date;
  durationMs: number;
  reports: InstanceReport[];
  /** What the catalog had: of a small schema all, of a large one no more than what was asked for by name. */
  catalogs: readonly Model[];
}

export interface VerifierOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
  /** For small schemas. */
  reader: LocalReader;
  /** For those that would block this thread. */
  largeReader: Reader;
}

/** Follows a look, instance by instance. */
export interface Observer {
  began(instances: readonly Instance[]): void;
  reported(report: InstanceReport): void;
}

export interface Verifier {
  /**
   * Compares, and once more where that finds something: no difference is reported that was only a change between two
   * readings. Callers at the same time share one run. Throws what node-postgres throws.
   */
  verify(): Promise<Verification>;
  /**
   * The last verification where it is as good as a new one: consistent, at most 1 s old, and nothing was written since.
   * Also one that took long, for as long as it took. Else as `verify`.
   */
  recent(): Promise<Verification>;
  /**
   * As `verify`, or where `isNew` is false as `recent`, for callers who ask about one object: in a large schema no more
   * than that is looked at, and by its names only, unless the catalog does not have it.
   */
  verifyObject(object: ObjectName, isNew: boolean): Promise<Verification>;
  /** Compares once. Instances have `timeoutMs` to answer. Throws what node-postgres throws. */
  look(timeoutMs: number, observer?: Observer): Promise<Verification>;
  /**
   * Waits, `timeoutMs` at most, until the stale instances of a look have what that found missing, asking for no more than
   * its names. Returns that look with what was seen since; undefined where names alone prove nothing, or in vain.
   */
  confirm(looked: Verification, timeoutMs: number, observer: Observer): Promise<Verification | undefined>;
  /** When the last look began that found an instance fresh; undefined where none did. */
  provenFreshAt(url: string): Date | undefined;
  /** The last verification, however long ago. */
  last(): Verification | undefined;
  close(): Promise<void>;
}

const verifyTimeoutMs = 15_000;
// A large schema takes seconds on both sides.
const largeVerifyTimeoutMs = 60_000;
// All instances are asked at once and waited for, so one that hangs must not take the time of the others.
const exposureTimeoutMs = 2_000;
// A schema that changes faster than it can be read would keep us here for ever.
const maxLooks = 3;
// How long a verification is reused that costs little.
const briefMs = 1_000;
// Parsing and comparing as many takes about 30 ms.
const manyColumns = 3_000;
const sizeMaxAgeMs = 10_000;

export function createVerifier(options: VerifierOptions): Verifier {
  let last: Verification | undefined;
  /** By the addresses of the instances that there were at the last look. */
  let provenFresh = new Map<string, Date>();
  let lastReader: Reader = options.reader;
  let size: { key: string; columns: number; at: number } | undefined;
  /** What `verify` last came to, and what had been written before it began. */
  let verified: { verification: Verification; written: string } | undefined;

  const expose = async (instances: readonly Instance[]) => {
    const exposures = await Promise.all(instances.map((instance) => exposureOf(options, instance, exposureTimeoutMs)));
    const schemas = [...new Set(exposures.flatMap((exposure) => exposure.schemas))];
    return { exposures, isLarge: await isLarge(schemas) };
  };

  /** Counting takes longer than looking at one object: for a while what was large is large. */
  const isLarge = async (schemas: readonly string[]): Promise<boolean> => {
    const key = JSON.stringify(schemas);
    if (size?.key !== key || performance.now() - size.at > sizeMaxAgeMs) {
      size = { key, columns: await countColumns(options.pool, schemas), at: performance.now() };
    }
    return size.columns > manyColumns;
  };

  /** Keeps a verification as the last. */
  const keep = (verification: Verification): Verification => {
    provenFresh = new Map(
      verification.reports.flatMap((report) => {
        const { url } = report.instance;
        const at = isFresh(report) ? verification.at : provenFresh.get(url);
        return at === undefined ? [] : [[url, at]];
      }),
    );
    last = verification;
    return verification;
  };

  const look: Verifier['look'] = async (timeoutMs, observer) => {
    const at = new Date();
    const startedAt = performance.now();
    const instances = await resolveInstances(options.instances);
    observer?.began(instances);
    const { exposures, isLarge } = await expose(instances);
    const onReport = (report: InstanceReport) => observer?.reported(report);
    const reports = isLarge
      ? await options.largeReader.read(exposures, Math.max(timeoutMs, largeVerifyTimeoutMs), onReport)
      : await options.reader.read(exposures, timeoutMs, onReport);
    lastReader = isLarge ? options.largeReader : options.reader;
    return keep({ at, reports, durationMs: since(startedAt), catalogs: isLarge ? [] : options.reader.catalogs() });
  };

  const lookAt = async (exposures: readonly Exposure[], object: ObjectName): Promise<Verification> => {
    const at = new Date();
    const startedAt = performance.now();
    const { pool, client } = options;
    const { reports, catalog } = await lookAtObject(pool, client, exposures, object, verifyTimeoutMs);
    return { at, reports, durationMs: since(startedAt), catalogs: [catalog] };
  };

  const confirm: Verifier['confirm'] = async (looked, timeoutMs, observer) => {
    const isHopeful = (report: InstanceReport) =>
      !isFailure(report) && (isFresh(report) || isProvenByNames(report.findings));
    if (!looked.reports.every(isHopeful)) return undefined;
    const { pool, client } = options;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const reports = await Promise.all(
        looked.reports.map(async (report) => {
          if (isFailure(report) || isFresh(report)) return report;
          const confirmed = await untilNamesAreCached(pool, client, report, signal);
          observer.reported(confirmed);
          return confirmed;
        }),
      );
      return keep({ ...looked, reports });
    } catch {
      // In vain so far, or for another reason, which the next look meets again.
      return undefined;
    }
  };

  const verifyOnce = async (): Promise<Verification> => {
    const written = await writtenSoFar(options.pool);
    let verification = await look(verifyTimeoutMs);
    for (let looks = 1; looks < maxLooks && verification.reports.some(hasDrift); looks++) {
      if (!(await lastReader.hasChanged())) break;
      verification = await look(verifyTimeoutMs);
    }
    verified = { verification, written };
    return verification;
  };
  const verify = coalesce(verifyOnce);

  const isAsGoodAsNew = async (): Promise<boolean> => {
    if (verified === undefined) return false;
    const { verification, written } = verified;
    const ageMs = Date.now() - verification.at.getTime() - verification.durationMs;
    if (verification.durationMs > briefMs && ageMs <= verification.durationMs) return true;
    return ageMs <= briefMs && verification.reports.every(isFresh) && (await writtenSoFar(options.pool)) === written;
  };

  const recent: Verifier['recent'] = async () =>
    verified !== undefined && (await isAsGoodAsNew()) ? verified.verification : verify();

  const verifyObjectOnce = async (object: ObjectName, isNew: boolean): Promise<Verification> => {
    const { exposures, isLarge } = await expose(await resolveInstances(options.instances));
    const whole = isNew ? verify : recent;
    if (!isLarge) return whole();
    const verification = await lookAt(exposures, object);
    if (!findObject(verification.catalogs, object).isThere) return whole();
    // What changed between the two readings of the first look is no difference in the second.
    return verification.reports.some(hasDrift) ? lookAt(exposures, object) : verification;
  };
  const objectRuns = new Map<string, () => Promise<Verification>>();
  /** One object at a time is looked at, however many ask. */
  let objectQueue: Promise<unknown> = Promise.resolve();
  const verifyInTurn = (object: ObjectName, isNew: boolean): Promise<Verification> => {
    const verification = objectQueue.then(() => verifyObjectOnce(object, isNew));
    objectQueue = verification.catch(() => {});
    return verification;
  };

  return {
    verify,
    recent,
    verifyObject: async (object, isNew) => {
      const key = JSON.stringify([object, isNew]);
      const run = getOrMake(objectRuns, key, () => coalesce(() => verifyInTurn(object, isNew)));
      try {
        return await run();
      } finally {
        objectRuns.delete(key);
      }
    },
    look,
    confirm,
    provenFreshAt: (url) => provenFresh.get(url),
    last: () => last,
    close: async () => {
      await Promise.all([options.reader.close(), options.largeReader.close()]);
    },
  };
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

export function isFailure(report: InstanceReport): report is InstanceFailure {
  return 'error' in report;
}

export function hasDrift(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length > 0;
}

/** Whether this instance was read and serves what the catalog has, whatever its configuration. */
export function isFresh(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length === 0;
}

/** Whether this instance was read and has taken up its configuration in the database, as far as a reload can have it. */
export function isConfigured(report: InstanceReport): boolean {
  return !isFailure(report) && report.configuration.every(({ kind }) => kind !== 'changed_setting');
}
