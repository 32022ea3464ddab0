import type { Catalog } from '../catalog/catalog.js';
import { compareConfiguration } from '../drift/configuration.js';
import type { Finding } from '../drift/finding.js';
import { ofSchemas } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { probe } from '../postgrest/probe.js';
import { compareDocuments, compareNames, compareSchemaCache, type SourceReading } from './sources.js';

/** What the source of a reading can see, and what it cannot. */
export interface Coverage {
  /** The role whose privileges decide what the source shows; undefined where that does not matter, or is not known. */
  role: string | undefined;
  /** The keys of the relations that are compared. */
  comparedRelations: ReadonlySet<string>;
  /** How many of them the OpenAPI document leaves out, be it for the role's privileges: they are compared by names only. */
  hiddenRelations: number;
  covers: readonly string[];
  doesNotCover: readonly string[];
}

export type Source = 'schema_cache' | 'openapi' | 'probe';

/** One instance that was read and compared. */
export interface InstanceReading {
  instance: Instance;
  version: string;
  source: Source;
  schemas: readonly string[];
  coverage: Coverage;
  findings: Finding[];
  /** What PostgREST has not taken up of its configuration in the database. A reload of the schema does not end it. */
  configuration: Finding[];
}

/**
 * Reads an instance's exposed `schemas` from the best source that it has, and compares them with the catalog, whose
 * reading may still be under way. Throws InstanceError, or what reading the catalog throws.
 */
export async function readInstance(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<Catalog>,
  signal: AbortSignal,
): Promise<InstanceReading> {
  const document = await client.schemaCache(instance, signal);
  const compared =
    document === undefined
      ? await readPublicApi(client, instance, schemas, reading, signal)
      : compareSchemaCache(ofSchemas((await reading).model, schemas), document, await client.version(instance, signal));
  const { settings, schemas: existing } = (await reading).configuration;
  return { instance, schemas, configuration: compareConfiguration(settings, schemas, existing), ...compared };
}

async function readPublicApi(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<Catalog>,
  signal: AbortSignal,
): Promise<SourceReading> {
  const documents = await readDocuments(client, instance, schemas, signal);
  const catalog = await reading;
  const exposed = { ...catalog, model: ofSchemas(catalog.model, schemas) };
  const probed = await probe(client, instance, exposed.model, signal);
  if (documents !== undefined) return compareDocuments(exposed, documents, probed);
  return compareNames(exposed.model, probed, await client.version(instance, signal));
}

/** The OpenAPI document of each schema; undefined where the instance serves none. */
async function readDocuments(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, unknown> | undefined> {
  const documents = new Map<string, unknown>();
  try {
    for (const schema of schemas) documents.set(schema, await client.openApi(instance, schema, signal));
  } catch (error) {
    if (error instanceof InstanceError && error.code === 'openapi_disabled') return undefined;
    throw error;
  }
  return documents;
}
