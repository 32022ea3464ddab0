import { type Model, ofSchemas } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError } from '../postgrest/exposure.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { decodeOpenApi, type OpenApiReading } from '../postgrest/openapi.js';
import { withoutTold } from '../postgrest/openapi-view.js';
import { checkServed, probe } from '../postgrest/probe.js';
import { cachedOf } from '../postgrest/probe-view.js';
import { asCountedBy } from '../postgrest/version-rules.js';
import {
  compareDocuments,
  compareNames,
  joinDocuments,
  type Names,
  type Shown,
  type SourceReading,
} from './compare-sources.js';
import type { KnownCatalog } from './report.js';

/**
 * Compares what the documents have `shown`, if there are any, and what is cached by name, which is all of a schema without
 * a document. Throws InstanceError where of such a schema nothing can be asked either.
 */
export async function comparePublicApi(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  shown: Shown | undefined,
  { catalog, vanished }: KnownCatalog,
  signal: AbortSignal,
): Promise<SourceReading> {
  const withoutDocument = schemas.filter((schema) => shown?.schemas.includes(schema) !== true);
  for (const schema of withoutDocument) await checkServed(client, instance, schema, signal);
  if (shown === undefined || shown.schemas.length === 0) {
    return probeNames(client, instance, schemas, { model: catalog.model, vanished }, signal);
  }
  const model = asCountedBy(shown.version, ofSchemas(catalog.model, schemas));
  const asked = withoutTold(model, shown);
  const gone = withoutTold(vanished, shown);
  const names = await askNames(client, instance, asked, gone, withoutDocument, signal);
  return compareDocuments({ ...catalog, model }, shown, names, withoutDocument);
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
  const names = await askNames(client, instance, exposed, vanished, schemas, signal);
  return compareNames(exposed, names, version);
}

/** Throws the error of one of the schemas `needed` of which something refuses all questions. */
async function askNames(
  client: PostgrestClient,
  instance: Instance,
  model: Model,
  vanished: Model,
  needed: readonly string[],
  signal: AbortSignal,
): Promise<Names> {
  const probed = await probe(client, instance, model, signal);
  const unread = needed.map((schema) => probed.unread.get(schema)).find((error) => error !== undefined);
  if (unread !== undefined) throw unread;
  const left = await probe(client, instance, vanished, signal);
  const refused = new Map([...probed.refused, ...left.refused]);
  const [refusal] = refused.values();
  if (refusal !== undefined && !(await stillServes(client, instance, needed, signal))) throw refusal;
  return { probed, leftover: cachedOf(vanished, left), refused };
}

/** Whether PostgREST is still behind what refused a question, or went away meanwhile. */
async function stillServes(
  client: PostgrestClient,
  instance: Instance,
  [schema]: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const asked =
    schema === undefined ? client.identify(instance, signal) : checkServed(client, instance, schema, signal);
  return asked.then(
    () => true,
    (error: unknown) => asInstanceError(error).code === 'not_covered',
  );
}

/**
 * What the OpenAPI document of each schema shows, and why that of others does not, which may be that the instance is down:
 * the next source tells. Undefined where no schema is exposed. Throws no InstanceError.
 */
export async function readDocuments(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<KnownCatalog>,
  signal: AbortSignal,
): Promise<Shown | undefined> {
  if (schemas.length === 0) return undefined;
  const answers = new Map<string, unknown>();
  for (const schema of schemas) {
    answers.set(schema, await client.openApi(instance, schema, signal).catch(asInstanceError));
  }
  // Not before: the catalog may take its time, which is not that of the documents.
  const { model } = (await reading).catalog;
  const documents = new Map<string, OpenApiReading>();
  const refused = new Map<string, InstanceError>();
  for (const [schema, answer] of answers) {
    const document = answer instanceof InstanceError ? answer : decoded(answer, schema, model);
    if (document instanceof InstanceError) refused.set(schema, document.code === 'timeout' ? tooSlow : document);
    else documents.set(schema, document);
  }
  return joinDocuments(documents, refused);
}

function decoded(document: unknown, schema: string, catalog: Model): OpenApiReading | InstanceError {
  try {
    return decodeOpenApi(document, schema, catalog);
  } catch (error) {
    return asInstanceError(error);
  }
}

const tooSlow = new InstanceError(
  'timeout',
  'Its OpenAPI document takes too long to make: an admin server (POSTGREST_ADMIN_URLS, PostgREST 12.2 and later) is quicker.',
);
