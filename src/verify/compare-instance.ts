import type { Catalog } from '../catalog/catalog.js';
import { compareConfiguration } from '../drift/configuration.js';
import type { Finding } from '../drift/finding.js';
import { type Model, ofSchemas } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { withoutTold } from '../postgrest/openapi-view.js';
import { probe } from '../postgrest/probe.js';
import { cachedOf } from '../postgrest/probe-view.js';
import { asCountedBy } from '../postgrest/version-rules.js';
import {
  compareDocuments,
  compareNames,
  compareSchemaCache,
  decodeDocuments,
  type Names,
  type Shown,
  type SourceReading,
} from './compare-sources.js';

/** What the source of a reading can see, and what it cannot. */
export interface Coverage {
  /** The role whose privileges decide what the source shows; undefined where that does not matter, or is not known. */
  role: string | undefined;
  /** How many relations are compared: all of the schemas that the instance exposes. */
  comparedRelations: number;
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

/** The catalog, and what earlier ones had that it has not. */
export interface KnownCatalog {
  catalog: Catalog;
  vanished: Model;
}

/**
 * Reads an instance's exposed `schemas` from the best source that it has, and compares them with the catalog, whose
 * reading may still be under way. Throws InstanceError, or what reading the catalog throws.
 */
export async function readInstance(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<KnownCatalog>,
  signal: AbortSignal,
): Promise<InstanceReading> {
  const cache = await client.schemaCache(instance, signal);
  const compared =
    cache === undefined
      ? await readPublicApi(client, instance, schemas, reading, signal)
      : compareSchemaCache(
          ofSchemas((await reading).catalog.model, schemas),
          cache,
          await client.version(instance, signal),
        );
  const { configuration } = (await reading).catalog;
  const side = { version: compared.version, exposed: schemas };
  return { instance, schemas, configuration: compareConfiguration(configuration, side), ...compared };
}

async function readPublicApi(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<KnownCatalog>,
  signal: AbortSignal,
): Promise<SourceReading> {
  const shown = await readDocuments(client, instance, schemas, reading, signal);
  return comparePublicApi(client, instance, schemas, shown, await reading, signal);
}

/** Compares what the documents have `shown`, if there are any, and what is cached by name. Throws InstanceError. */
export async function comparePublicApi(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  shown: Shown | undefined,
  { catalog, vanished }: KnownCatalog,
  signal: AbortSignal,
): Promise<SourceReading> {
  if (shown === undefined) {
    return probeNames(client, instance, schemas, { model: catalog.model, vanished }, signal);
  }
  const model = asCountedBy(shown.version, ofSchemas(catalog.model, schemas));
  const asked = withoutTold(model, shown);
  const gone = withoutTold(vanished, shown);
  return compareDocuments({ ...catalog, model }, shown, await askNames(client, instance, asked, gone, signal));
}

/** Compares what is cached by name. Throws InstanceError. */
export async function probeNames(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  { model, vanished }: { model: Model; vanished: Model },
  signal: AbortSignal,
): Promise<SourceReading> {
  const version = await client.version(instance, signal);
  const exposed = asCountedBy(version, ofSchemas(model, schemas));
  const names = await askNames(client, instance, exposed, vanished, signal);
  return compareNames(exposed, names, version);
}

async function askNames(
  client: PostgrestClient,
  instance: Instance,
  model: Model,
  vanished: Model,
  signal: AbortSignal,
): Promise<Names> {
  return {
    probed: await probe(client, instance, model, signal),
    leftover: cachedOf(vanished, await probe(client, instance, vanished, signal)),
  };
}

/** What the OpenAPI document of each schema shows; undefined where the instance serves none. */
export async function readDocuments(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<KnownCatalog>,
  signal: AbortSignal,
): Promise<Shown | undefined> {
  const documents = new Map<string, unknown>();
  try {
    for (const schema of schemas) documents.set(schema, await client.openApi(instance, schema, signal));
  } catch (error) {
    if (error instanceof InstanceError && error.code === 'openapi_disabled') return undefined;
    throw error;
  }
  return decodeDocuments(documents, ofSchemas((await reading).catalog.model, schemas));
}
