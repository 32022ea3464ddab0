import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { type CatalogOptions, readCatalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import { getOrMake } from '../lib/maps.js';
import { inTurn } from '../lib/serialize.js';
import { fingerprintOf } from '../model/fingerprint.js';
import { type Model, noModel } from '../model/model.js';
import { stillVanished } from '../model/vanished.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError, type Exposure, hangs, whileItAnswers } from '../postgrest/exposure.js';
import type { Instance, InstanceError } from '../postgrest/instance.js';
import { withoutPlainSettings } from '../postgrest/schema-cache-view.js';
import { readInstance } from './compare-instance.js';
import type { InstanceReading, KnownCatalog, Time } from './report.js';

/** One instance that could not be read. */
export interface InstanceFailure {
  instance: Instance;
  error: InstanceError;
}

export type InstanceReport = InstanceReading | InstanceFailure;

/** Reads both sides and compares them. All functions throw what node-postgres throws. */
export interface Reader {
  /** Reads the catalog and each instance, which has `timeoutMs` to answer; tells of each report as it comes. */
  read(
    exposures: readonly Exposure[],
    timeoutMs: number,
    onReport: (report: InstanceReport) => void,
  ): Promise<InstanceReport[]>;
  /** Whether the catalog is another one than at the last reading. */
  hasChanged(): Promise<boolean>;
  /** A text that stays the same as long as what PostgREST reads in `schemas` does. */
  fingerprint(schemas: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** A reader in this thread. */
export interface LocalReader extends Reader {
  /** As `Reader.read`, of instances some of which may not have answered yet. */
  read(
    exposures: readonly (Exposure | Promise<Exposure>)[],
    timeoutMs: number,
    onReport: (report: InstanceReport) => void,
  ): Promise<InstanceReport[]>;
  /** Those of the last reading. */
  catalogs(): readonly Model[];
}

// A large schema takes a while to read, but an instance that answers nothing has not the time of those who wait.
const hangMs = 1_000;

export function createReader(pool: pg.Pool, client: PostgrestClient, options: CatalogOptions): LocalReader {
  /** By the schemas that instances expose together: what is read depends on all of them. */
  const known = new Map<string, KnownCatalog>();
  /** The keys of what was read last. */
  let latest: string[] = [];
  const latestCatalogs = () => latest.flatMap((key) => known.get(key)?.catalog ?? []);

  // One connection serves for all of them.
  const readInTurn = inTurn();

  const readKnown = async (key: string, schemas: readonly string[]): Promise<KnownCatalog> => {
    const catalog = await readInTurn(() => readCatalog(pool, schemas, options));
    const before = known.get(key);
    if (before === undefined) return { catalog, vanished: noModel };
    return { catalog, vanished: stillVanished(before.vanished, before.catalog.model, catalog.model) };
  };

  return {
    async read(exposures, timeoutMs, onReport) {
      const readings = new Map<string, Promise<KnownCatalog>>();
      const readingFor = ({ schemas }: Exposure) => {
        const key = JSON.stringify(schemas);
        return getOrMake(readings, key, () => {
          const reading = readKnown(key, schemas);
          // It may fail before anybody waits for it; whoever does gets the error.
          reading.catch(() => {});
          return reading;
        });
      };
      const time = { signal: AbortSignal.timeout(timeoutMs), endsAt: performance.now() + timeoutMs };
      const reports = await Promise.all(
        exposures.map(async (exposing) => {
          const exposure = await exposing;
          const report = await readOne(client, exposure, () => readingFor(exposure), time);
          onReport(report);
          return report;
        }),
      );
      // What was dropped is remembered until every instance was asked for it and has it no more.
      const isForgotten = reports.every((report) => !('error' in report) && report.findings.length === 0);
      latest = [...readings.keys()];
      for (const [key, reading] of readings) {
        const { catalog, vanished: gone } = await reading;
        known.set(key, { catalog, vanished: isForgotten ? noModel : gone });
      }
      return reports;
    },

    async hasChanged() {
      for (const { model, schemas } of latestCatalogs()) {
        const after = await readCatalog(pool, schemas, options);
        if (compare(model, after.model).length > 0) return true;
      }
      return false;
    },

    async fingerprint(schemas) {
      const { model, undecided, configuration } = await readInTurn(() => readCatalog(pool, schemas, options));
      return fingerprintOf(withoutPlainSettings(model), [undecided, configuration.schemas]);
    },

    catalogs: () => latestCatalogs().map(({ model }) => model),

    close: async () => {},
  };
}

async function readOne(
  client: PostgrestClient,
  exposure: Exposure,
  read: () => Promise<KnownCatalog>,
  { signal, endsAt }: Time,
): Promise<InstanceReport> {
  const { instance, error } = exposure;
  if (error !== undefined) return { instance, error };
  try {
    return await whileItAnswers(
      () => hangs(client, instance, hangMs),
      signal,
      (signal) => readInstance(client, exposure, read(), { signal, endsAt }),
    );
  } catch (cause) {
    return { instance, error: asInstanceError(cause) };
  }
}
