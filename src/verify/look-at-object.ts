import type pg from 'pg';
import { type CatalogOptions, readConfigurationOf, readNamed } from '../catalog/catalog.js';
import { type Model, noModel } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError, type Exposure } from '../postgrest/exposure.js';
import { probeNames } from './compare-public-api.js';
import type { InstanceReport } from './comparer.js';
import { judgeConfiguration } from './load-failure.js';
import type { ObjectName } from './object-name.js';
import { readinessOf, withReadiness } from './readiness.js';

const beyondOneObject = ['what was dropped and is still cached', 'relationships through views and junctions'];

/**
 * Compares, by name, what the catalog and each instance have under one name, in milliseconds whatever the size of the
 * schema. Instances have `timeoutMs` to answer. Throws what node-postgres throws.
 */
export async function lookAtObject(
  pool: pg.Pool,
  client: PostgrestClient,
  exposures: readonly Exposure[],
  object: ObjectName,
  timeoutMs: number,
  options: CatalogOptions = {},
): Promise<{ reports: InstanceReport[]; catalog: Model }> {
  const exposed = [...new Set(exposures.flatMap(({ schemas }) => schemas))];
  const catalog = await readNamed(pool, object, exposed);
  const configuration = await readConfigurationOf(pool, exposed, options);
  const signal = AbortSignal.timeout(timeoutMs);
  const reports = exposures.map(async ({ instance, schemas, schemasFrom, error }): Promise<InstanceReport> => {
    if (error !== undefined) return { instance, error };
    try {
      const compared = await probeNames(client, instance, schemas, { model: catalog, vanished: noModel }, signal);
      const doesNotCover = [...compared.coverage.doesNotCover, ...beyondOneObject];
      const readiness = await readinessOf(client, instance, signal);
      const coverage = withReadiness({ ...compared.coverage, doesNotCover, schemasFrom }, readiness);
      const known = { version: compared.version, schemas, schemasFrom, readiness };
      return { instance, schemas, ...compared, coverage, ...judgeConfiguration(configuration, known) };
    } catch (cause) {
      return { instance, error: asInstanceError(cause) };
    }
  });
  return { reports: await Promise.all(reports), catalog };
}
