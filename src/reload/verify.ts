import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { countColumns, writtenSoFar } from '../catalog/size.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { exposureOf } from '../postgrest/exposure.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance } from '../postgrest/instance.js';
import { coalesce } from './coalesce.js';
import type { FoundObject, ObjectName } from './find.js';
import type { InstanceFailure, InstanceReport, Reader } from './reader.js';

export type { InstanceReport };

/** Catalog and instances, compared. */
export interface Verification {
  at: Date;
  durationMs: number;
  reports: InstanceReport[];
  /** What the catalog had under a name; throws what node-postgres throws. */
  find(object: ObjectName): Promise<FoundObject>;
}

export interface VerifierOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
  /** For small schemas. */
  reader: Reader;
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
  /** Compares once. Instances have `timeoutMs` to answer. Throws what node-postgres throws. */
  look(timeoutMs: number, observer?: Observer): Promise<Verification>;
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

export function createVerifier(options: VerifierOptions): Verifier {
  let last: Verification | undefined;
  let lastReader = options.reader;
  /** What `verify` last came to, and what had been written before it began. */
  let verified: { verification: Verification; written: string } | undefined;

  const look: Verifier['look'] = async (timeoutMs, observer) => {
    const at = new Date();
    const startedAt = performance.now();
    const instances = await resolveInstances(options.instances);
    observer?.began(instances);
    const exposures = await Promise.all(instances.map((instance) => exposureOf(options, instance, exposureTimeoutMs)));
    const schemas = [...new Set(exposures.flatMap((exposure) => exposure.schemas))];
    const isLarge = (await countColumns(options.pool, schemas)) > manyColumns;
    const reader = isLarge ? options.largeReader : options.reader;
    const reports = await reader.read(
      exposures,
      isLarge ? Math.max(timeoutMs, largeVerifyTimeoutMs) : timeoutMs,
      (report) => observer?.reported(report),
    );
    lastReader = reader;
    last = { at, reports, durationMs: Math.round(performance.now() - startedAt), find: reader.find };
    return last;
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

  return {
    verify,
    recent: async () => (verified !== undefined && (await isAsGoodAsNew()) ? verified.verification : verify()),
    look,
    last: () => last,
    close: async () => {
      await Promise.all([options.reader.close(), options.largeReader.close()]);
    },
  };
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
