import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { type Catalog, readCatalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import { getOrMake } from '../model/maps.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError, type Exposure, exposureOf } from '../postgrest/exposure.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance, InstanceError } from '../postgrest/instance.js';
import { coalesce } from './coalesce.js';
import { type InstanceReading, readInstance } from './read-instance.js';

/** One instance that could not be read. */
export interface InstanceFailure {
  instance: Instance;
  error: InstanceError;
}

export type InstanceReport = InstanceReading | InstanceFailure;

/** Catalog and instances, compared. */
export interface Verification {
  at: Date;
  durationMs: number;
  /** One for each set of schemas that instances expose: what is read depends on all of them. */
  catalogs: Catalog[];
  reports: InstanceReport[];
}

export interface VerifierOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
  /** The role that the instances take us for, where it is known. */
  role: string | undefined;
  /** PostgREST's db-extra-search-path, where it is known. */
  extraSearchPath: readonly string[] | undefined;
}

/** Follows a look, instance by instance. */
export interface Observer {
  began(instances: readonly Instance[]): void;
  reported(report: InstanceReport): void;
}

export interface Verifier {
  /**
   * Compares once more, so that no difference is reported that was only a change between two readings. Callers at the
   * same time share one run. Throws what node-postgres throws.
   */
  verify(): Promise<Verification>;
  /** Compares once. Instances have `timeoutMs` to answer. Throws what node-postgres throws. */
  look(timeoutMs: number, observer?: Observer): Promise<Verification>;
  /** The last verification, however long ago. */
  last(): Verification | undefined;
}

const verifyTimeoutMs = 15_000;
// All instances are asked at once and waited for, so one that hangs must not take the time of the others.
const exposureTimeoutMs = 2_000;
// A schema that changes faster than it can be read would keep us here for ever.
const maxLooks = 3;

export function createVerifier(options: VerifierOptions): Verifier {
  let last: Verification | undefined;

  const look: Verifier['look'] = async (timeoutMs, observer) => {
    const at = new Date();
    const startedAt = performance.now();
    const instances = await resolveInstances(options.instances);
    observer?.began(instances);
    const exposures = await Promise.all(instances.map((instance) => exposureOf(options, instance, exposureTimeoutMs)));
    const readings = new Map<string, Promise<Catalog>>();
    const readingFor = ({ schemas }: Exposure) =>
      getOrMake(readings, JSON.stringify(schemas), () => {
        const reading = readCatalog(options.pool, schemas, options);
        // It may fail before anybody waits for it; whoever does gets the error.
        reading.catch(() => {});
        return reading;
      });
    const signal = AbortSignal.timeout(timeoutMs);
    const reports = await Promise.all(
      exposures.map(async (exposure) => {
        const reported = await report(options.client, exposure, () => readingFor(exposure), signal);
        observer?.reported(reported);
        return reported;
      }),
    );
    const catalogs = await Promise.all(readings.values());
    last = { at, catalogs, reports, durationMs: Math.round(performance.now() - startedAt) };
    return last;
  };

  const verify = async (): Promise<Verification> => {
    let verification = await look(verifyTimeoutMs);
    for (let looks = 1; looks < maxLooks && verification.reports.some(hasDrift); looks++) {
      if (!(await hasChangedSince(options, verification))) break;
      verification = await look(verifyTimeoutMs);
    }
    return verification;
  };

  return { verify: coalesce(verify), look, last: () => last };
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

async function hasChangedSince(options: VerifierOptions, { catalogs }: Verification): Promise<boolean> {
  for (const { model, schemas } of catalogs) {
    const after = await readCatalog(options.pool, schemas, options);
    if (compare(model, after.model).length > 0) return true;
  }
  return false;
}

async function report(
  client: PostgrestClient,
  { instance, schemas, error }: Exposure,
  read: () => Promise<Catalog>,
  signal: AbortSignal,
): Promise<InstanceReport> {
  if (error !== undefined) return { instance, error };
  try {
    return await readInstance(client, instance, schemas, read(), signal);
  } catch (cause) {
    return { instance, error: asInstanceError(cause) };
  }
}
