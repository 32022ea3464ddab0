import type pg from 'pg';
import { type Catalog, type CatalogOptions, readCatalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import { getOrMake } from '../model/maps.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError, type Exposure } from '../postgrest/exposure.js';
import type { Instance, InstanceError } from '../postgrest/instance.js';
import { type FoundObject, findObject, type ObjectName } from './find.js';
import { type InstanceReading, readInstance } from './read-instance.js';

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
  /** What the catalog had under a name at the last reading. */
  find(object: ObjectName): Promise<FoundObject>;
  close(): Promise<void>;
}

/** A reader in this thread. */
export function createReader(pool: pg.Pool, client: PostgrestClient, options: CatalogOptions): Reader {
  /** One for each set of schemas that instances expose: what is read depends on all of them. */
  let catalogs: Catalog[] = [];

  return {
    async read(exposures, timeoutMs, onReport) {
      const readings = new Map<string, Promise<Catalog>>();
      const readingFor = ({ schemas }: Exposure) =>
        getOrMake(readings, JSON.stringify(schemas), () => {
          const reading = readCatalog(pool, schemas, options);
          // It may fail before anybody waits for it; whoever does gets the error.
          reading.catch(() => {});
          return reading;
        });
      const signal = AbortSignal.timeout(timeoutMs);
      const reports = await Promise.all(
        exposures.map(async (exposure) => {
          const report = await readOne(client, exposure, () => readingFor(exposure), signal);
          onReport(report);
          return report;
        }),
      );
      catalogs = await Promise.all(readings.values());
      return reports;
    },

    async hasChanged() {
      for (const { model, schemas } of catalogs) {
        const after = await readCatalog(pool, schemas, options);
        if (compare(model, after.model).length > 0) return true;
      }
      return false;
    },

    find: async (object) =>
      findObject(
        catalogs.map(({ model }) => model),
        object,
      ),

    close: async () => {},
  };
}

async function readOne(
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
