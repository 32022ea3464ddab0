import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { CatalogOptions } from '../catalog/catalog.js';
import { isLarge, writtenSoFar } from '../catalog/size.js';
import { coalesce } from '../lib/coalesce.js';
import { getOrMake } from '../lib/maps.js';
import { inTurn } from '../lib/serialize.js';
import type { Model } from '../model/model.js';
import { type Exposure, type ExposureOptions, exposureOf, hangs } from '../postgrest/exposure.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance } from '../postgrest/instance.js';
import type { InstanceFailure, InstanceReport, LocalReader, Reader } from './comparer.js';
import { lookAtObject } from './look-at-object.js';
import { findObject, type ObjectName, objectKey } from './object-name.js';

export type { InstanceReport };

/** Catalog and instances, compared. */
export interface Verification {
  at: Date;
  durationMs: number;
  reports: InstanceReport[];
  /** What the catalog had: of a small schema all, of a large one no more than what was asked for by name. */
  catalogs: readonly Model[];
}

export interface VerifierOptions extends ExposureOptions {
  pool: pg.Pool;
  instances: readonly Instance[];
  /** For small schemas. */
  reader: LocalReader;
  /** For those that would block this thread. */
  largeReader: Reader;
  /** With what PostgREST's configuration is read where no reader is asked. */
  catalogOptions?: CatalogOptions;
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
  /** Takes note that instances were proven fresh, be it in another way, by questions that were asked after `at`. */
  proven(reports: readonly InstanceReport[], at: Date): void;
  /** When the last look began that found an instance fresh; undefined where none did. */
  provenFreshAt(url: string): Date | undefined;
  /** The last verification, however long ago. */
  last(): Verification | undefined;
  close(): Promise<void>;
}

/** For how many ms a verification says how things are: what was seen longer ago may have been cured without us. */
export const tellingMs = 300_000;

const verifyTimeoutMs = 15_000;
// A large schema takes seconds on both sides.
const largeVerifyTimeoutMs = 60_000;
// An instance that hangs must not take the time of the others.
const exposureTimeoutMs = 2_000;
const headStartMs = 500;
// A schema that changes faster than it can be read would keep us here for ever.
const maxLooks = 3;
// How long a verification is reused that costs little.
const briefMs = 1_000;

export function createVerifier(options: VerifierOptions): Verifier {
  let last: Verification | undefined;
  /** How many looks have begun, and how many had when the last began that was kept. */
  let begun = 0;
  let kept = 0;
  /** By the addresses of the instances that there were at the last look. */
  let provenFresh = new Map<string, Date>();
  /** Once a schema was large its reader goes on: it remembers what was dropped, of which the other one does not know. */
  let wasLarge = false;
  /** What `verify` last came to, and what had been written before it began. */
  let verified: { verification: Verification; written: string; endedAt: number } | undefined;

  /** Where the schemas are configured, whether it answers: else all would wait for one that hangs until it is given up. */
  const expose = async (instance: Instance): Promise<Exposure> => {
    const exposure = await exposureOf(options, instance, exposureTimeoutMs);
    if (options.schemas === undefined) return exposure;
    const error = await hangs(options.client, instance, exposureTimeoutMs);
    return error === undefined ? exposure : { ...exposure, error };
  };

  const exposeAll = async () => Promise.all((await resolveInstances(options.instances)).map(expose));

  /** Those that have not answered yet count as at the last look. */
  const areLarge = (exposures: readonly Exposure[]): Promise<boolean> => {
    const before = last?.reports.flatMap((report) => (isFailure(report) ? [] : report.schemas)) ?? [];
    return isLarge(options.pool, [...before, ...exposures.flatMap(({ schemas }) => schemas)]);
  };

  /** Keeps a verification as the last, unless one was kept that began after it did. */
  const keep = (verification: Verification, number: number): Verification => {
    if (number < kept) return verification;
    kept = number;
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
    const number = ++begun;
    const instances = await resolveInstances(options.instances);
    observer?.began(instances);
    const exposing = instances.map(expose);
    const isForLargeReader = wasLarge || (await areLarge(await answeredOf(exposing)));
    const onReport = (report: InstanceReport) => observer?.reported(report);
    const reports = isForLargeReader
      ? await options.largeReader.read(await Promise.all(exposing), Math.max(timeoutMs, largeVerifyTimeoutMs), onReport)
      : await options.reader.read(exposing, timeoutMs, onReport);
    wasLarge ||= isForLargeReader;
    const catalogs = isForLargeReader ? [] : options.reader.catalogs();
    return keep({ at, reports, durationMs: since(startedAt), catalogs }, number);
  };

  const verifyOnce = async (): Promise<Verification> => {
    const written = await writtenSoFar(options.pool);
    let verification = await look(verifyTimeoutMs);
    for (let looks = 1; looks < maxLooks && verification.reports.some(hasDrift); looks++) {
      if (!(await (wasLarge ? options.largeReader : options.reader).hasChanged())) break;
      verification = await look(verifyTimeoutMs);
    }
    verified = { verification, written, endedAt: performance.now() };
    return verification;
  };
  const verify = coalesce(verifyOnce);

  const isAsGoodAsNew = async (): Promise<boolean> => {
    if (verified === undefined || verified.verification.reports.some(isFailure)) return false;
    const { verification, written, endedAt } = verified;
    const ageMs = performance.now() - endedAt;
    if (verification.durationMs > briefMs && ageMs <= verification.durationMs) return true;
    return ageMs <= briefMs && verification.reports.every(isFresh) && (await writtenSoFar(options.pool)) === written;
  };

  const recent: Verifier['recent'] = async () =>
    verified !== undefined && (await isAsGoodAsNew()) ? verified.verification : verify();

  /** Looks at one object of a large schema; undefined where the catalog does not have it. */
  const lookAt = async (object: ObjectName): Promise<Verification | undefined> => {
    const at = new Date();
    const startedAt = performance.now();
    const { pool, client } = options;
    const exposures = await exposeAll();
    const lookOnce = () => lookAtObject(pool, client, exposures, object, verifyTimeoutMs, options.catalogOptions);
    const first = await lookOnce();
    if (!findObject([first.catalog], object).isThere) return undefined;
    // What changed between the two readings of the first look is no difference in the second.
    const { reports, catalog } = first.reports.some(hasDrift) ? await lookOnce() : first;
    if (reports.some(mayTellByAdmin)) return { ...(await verify()), catalogs: [catalog] };
    return { at, reports, durationMs: since(startedAt), catalogs: [catalog] };
  };
  const lookInTurn = inTurn();
  let isKnownLarge = false;
  /** As far as it can be told before anything was read. Nobody asks again who comes while others look at what is large. */
  const isLargeAtFirst = coalesce(async () => {
    isKnownLarge ||= await areLarge(await exposeAll());
    return isKnownLarge;
  });
  /** By the object: those who ask about one at the same time share a look. */
  const objectLooks = new Map<string, () => Promise<Verification | undefined>>();
  const lookTogether = async (object: ObjectName): Promise<Verification | undefined> => {
    const key = objectKey(object);
    const look = getOrMake(objectLooks, key, () => coalesce(() => lookInTurn(() => lookAt(object))));
    try {
      return await look();
    } finally {
      objectLooks.delete(key);
    }
  };

  return {
    verify,
    recent,
    verifyObject: async (object, isNew) => {
      const isOfLarge = last === undefined ? await isLargeAtFirst() : wasLarge;
      const found = isOfLarge ? await lookTogether(object) : undefined;
      return found ?? (isNew ? verify() : recent());
    },
    look,
    proven(reports, at) {
      verified = undefined;
      kept = ++begun;
      for (const { instance } of reports) provenFresh.set(instance.url, later(provenFresh.get(instance.url), at));
      if (last === undefined) return;
      const urls = new Set(reports.map(({ instance }) => instance.url));
      const isVoid = (report: InstanceReport) => urls.has(report.instance.url) && !isFailure(report);
      last = {
        ...last,
        at: later(last.at, at),
        reports: last.reports.map((each) => (isVoid(each) ? { ...each, findings: [] } : each)),
      };
    },
    provenFreshAt: (url) => provenFresh.get(url),
    last: () => last,
    close: async () => {
      await Promise.all([options.reader.close(), options.largeReader.close()]);
    },
  };
}

/** Those of the instances that answer soon; all of them where none does. */
async function answeredOf(exposing: readonly Promise<Exposure>[]): Promise<Exposure[]> {
  const answered: Exposure[] = [];
  const all = Promise.all(exposing.map(async (one) => void answered.push(await one)));
  await Promise.race([all, delay(headStartMs)]);
  if (!answered.some(({ error }) => error === undefined)) await all;
  return answered;
}

function later(one: Date | undefined, other: Date): Date {
  return one !== undefined && one > other ? one : other;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** Whether only its admin server may tell us what an instance has. */
function mayTellByAdmin(report: InstanceReport): boolean {
  return isFailure(report) && report.error.code === 'unauthorized' && report.instance.adminUrl !== undefined;
}

export function isFailure(report: InstanceReport): report is InstanceFailure {
  return 'error' in report;
}

export function hasDrift(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length > 0;
}

/** Whether this instance was read, serves what the catalog has, whatever its configuration, and can load what comes. */
export function isFresh(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length === 0 && report.loadFailure === undefined;
}

/** Why this instance cannot load its schema cache; undefined where it can, as far as is seen. */
export function loadFailureOf(report: InstanceReport): string | undefined {
  if (!isFailure(report)) return report.loadFailure;
  return report.error.code === 'no_schema_cache' ? report.error.message : undefined;
}

/** Whether this instance was read and has taken up its configuration in the database, as far as a reload can have it. */
export function isConfigured(report: InstanceReport): boolean {
  return !isFailure(report) && report.configuration.every(({ kind }) => kind !== 'changed_setting');
}
