import { performance } from 'node:perf_hooks';
import type { Configuration } from '../catalog/configuration.js';
import { ofSchemas } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { adminHangs, asInstanceError, type Exposure, whileItAnswers } from '../postgrest/exposure.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import type { SchemaCache } from '../postgrest/schema-cache.js';
import { comparePublicApi, readDocuments } from './compare-public-api.js';
import { compareSchemaCache, type SourceReading } from './compare-sources.js';
import { judgeConfiguration } from './load-failure.js';
import { type Readiness, readinessOf, withReadiness } from './readiness.js';
import type { InstanceReading, KnownCatalog, PassedSource, SchemaReading, Time } from './report.js';

// Of the time that is left each of these sources gets a part: the next one needs the rest.
const schemaCacheShare = 0.5;
const documentsShare = 0.75;
// An admin server that answers nothing must not take its whole part.
const adminHangMs = 1_000;

/** How a schema was read. */
type HowRead = (schema: string) => Omit<SchemaReading, 'schema'>;

/**
 * Reads an instance's exposed schemas, each from the best source that there is for it, and compares them with the catalog,
 * whose reading may still be under way. Throws InstanceError where a schema can be read from none, or what reading the
 * catalog throws.
 */
export async function readInstance(
  client: PostgrestClient,
  exposure: Exposure,
  reading: Promise<KnownCatalog>,
  time: Time,
): Promise<InstanceReading> {
  const { instance, schemas } = exposure;
  const cache = await readSchemaCache(client, instance, time);
  if (cache !== undefined && !(cache instanceof InstanceError)) {
    // Its own API has to serve, though it may refuse us: an admin server answers also where that does not.
    const { version, refusal } = await client.greet(instance, time.signal);
    const { catalog } = await reading;
    const compared = compareSchemaCache(ofSchemas(catalog.model, schemas), cache, version);
    const howRead: HowRead = () => ({ source: 'schema_cache', notReadFrom: [] });
    const readiness = await readinessOf(client, instance, time.signal);
    return asReading(exposure, withRefusal(compared, refusal), howRead, catalog.configuration, readiness);
  }
  const shown = await readDocuments(client, instance, schemas, reading, partOf(time, documentsShare));
  const known = await reading;
  const compared = await comparePublicApi(client, instance, schemas, shown, known, time.signal);
  const passed: PassedSource[] = cache === undefined ? [] : [{ source: 'schema_cache', reason: cache.message }];
  const howRead: HowRead = (schema) => {
    const refusal = shown?.refused.get(schema);
    if (refusal === undefined) return { source: 'openapi', notReadFrom: passed };
    return { source: 'probe', notReadFrom: [...passed, { source: 'openapi', reason: refusal.message }] };
  };
  return asReading(exposure, compared, howRead, known.catalog.configuration);
}

function asReading(
  { instance, schemas, schemasFrom }: Exposure,
  compared: SourceReading,
  howRead: HowRead,
  configuration: Configuration,
  readiness: Readiness = 'ready',
): InstanceReading {
  const { version } = compared;
  const each = schemas.map((schema) => ({ schema, ...howRead(schema) }));
  return {
    instance,
    schemas,
    ...compared,
    coverage: withReadiness({ ...compared.coverage, schemasFrom, schemas: each }, readiness),
    ...judgeConfiguration(configuration, { version, schemas, schemasFrom, readiness }),
  };
}

/** The schema cache, or why it cannot be read; undefined where we know of no admin server. */
async function readSchemaCache(
  client: PostgrestClient,
  instance: Instance,
  time: Time,
): Promise<SchemaCache | InstanceError | undefined> {
  try {
    const hangs = () => adminHangs(client, instance, adminHangMs);
    return await whileItAnswers(hangs, partOf(time, schemaCacheShare), (signal) =>
      client.schemaCache(instance, signal),
    );
  } catch (error) {
    const { code, message } = asInstanceError(error);
    // Of the others the admin server is named by what is said.
    const isUnnamed = code === 'timeout' || code === 'unreachable';
    return isUnnamed ? new InstanceError(code, `Its admin server: ${message}`) : asInstanceError(error);
  }
}

function partOf({ signal, endsAt }: Time, share: number): AbortSignal {
  const leftMs = Math.max(0, endsAt - performance.now());
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs * share))]);
}

function withRefusal(compared: SourceReading, refusal: InstanceError | undefined): SourceReading {
  if (refusal === undefined) return compared;
  const { coverage } = compared;
  const unseen = `what its API answers, which refuses us: ${refusal.message}`;
  return { ...compared, coverage: { ...coverage, doesNotCover: [...coverage.doesNotCover, unseen] } };
}
