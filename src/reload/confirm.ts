import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { readNamed } from '../catalog/catalog.js';
import type { Finding } from '../drift/finding.js';
import { getOrMake } from '../model/maps.js';
import { type Model, noModel } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type ObjectName, objectKey, parseObjectName } from './find.js';
import { type InstanceReading, probeNames } from './read-instance.js';

const pollMs = 10;
// More than that are quicker compared all together.
const maxObjects = 20;

/**
 * Whether a reload can be proven by asking for the objects of `findings` alone: only names that a schema cache lacks can
 * be asked for. Its next load has them, and all else that was committed before.
 */
export function isProvenByNames(findings: readonly Finding[]): boolean {
  const kinds = /^missing_(relation|column|relationship|function)$/;
  return findings.length > 0 && findings.every(({ kind }) => kinds.test(kind)) && named(findings).length <= maxObjects;
}

/**
 * Asks an instance for the relations and functions that `findings` are of, a few milliseconds each time, until it has all
 * that the catalog has of them. Returns its report then. Throws InstanceError `timeout` when `signal` ends that, and what
 * node-postgres throws.
 */
export async function untilNamesAreCached(
  pool: pg.Pool,
  client: PostgrestClient,
  reading: InstanceReading,
  signal: AbortSignal,
): Promise<InstanceReading> {
  const { instance, schemas, findings } = reading;
  const models: Model[] = [];
  for (const { schema, name } of named(findings)) models.push(await readNamed(pool, schema, name, schemas));
  const isCached = async (model: Model) => {
    const compared = await probeNames(client, instance, schemas, { model, vanished: noModel }, signal);
    return compared.findings.length === 0;
  };
  for (const model of models) while (!(await isCached(model))) await delay(pollMs);
  return { ...reading, source: 'probe', findings: [] };
}

/** The relations and functions that `findings` are of, each once. */
function named(findings: readonly Finding[]): ObjectName[] {
  const objects = new Map<string, ObjectName>();
  for (const { object } of findings) {
    const found = parseObjectName(object);
    if (found === undefined) continue;
    const whole = { ...found, parts: [], parameters: undefined };
    getOrMake(objects, objectKey(whole), () => whole);
  }
  return [...objects.values()];
}
