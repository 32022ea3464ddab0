import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { readNamed } from '../catalog/catalog.js';
import { findRecent } from '../catalog/recent.js';
import { qualify } from '../model/identifier.js';
import { type Model, noModel } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type Exposure, type ExposureOptions, exposuresOf } from '../postgrest/exposure.js';
import type { Instance } from '../postgrest/instance.js';
import { type Probed, type ProbedNames, probe } from '../postgrest/probe.js';
import { compareNames } from '../verify/compare-sources.js';
import type { InstanceReport } from '../verify/comparer.js';

/**
 * Something that the catalog has and an instance has not cached. Once it has, it has taken up a schema cache that it had
 * not before: all of what was committed when that was read.
 */
export interface Witness {
  instance: Instance;
  /** When the last question was asked that found it missing, on the clock of `performance.now()`. */
  staleAt: number;
  /** What the instance shows while it is missing, and when it is no more. */
  stale: InstanceReport;
  fresh: InstanceReport;
  isMissing(signal: AbortSignal): Promise<boolean>;
}

export interface WitnessOptions extends ExposureOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
}

const answerTimeoutMs = 1_000;

/**
 * Finds a witness for every instance among what was written last to the catalogs; undefined where an instance has none.
 * Throws InstanceError, and what node-postgres throws.
 */
export async function findWitnesses(options: WitnessOptions): Promise<Witness[] | undefined> {
  const exposures = await exposuresOf(options, options.instances, answerTimeoutMs);
  if (exposures.some(({ error }) => error !== undefined)) return undefined;
  const schemas = [...new Set(exposures.flatMap((exposure) => exposure.schemas))];
  const found = new Map<Exposure, Witness>();
  for (const written of await findRecent(options.pool, schemas)) {
    const model = await readNamed(options.pool, written, schemas, written.kind);
    const open = exposures.filter((exposure) => !found.has(exposure) && exposure.schemas.includes(written.schema));
    await Promise.all(
      open.map(async (exposure) => {
        const witness = await findWitness(options.client, exposure, model);
        if (witness !== undefined) found.set(exposure, witness);
      }),
    );
    if (found.size === exposures.length) return [...found.values()];
  }
  return undefined;
}

async function findWitness(
  client: PostgrestClient,
  { instance, schemas }: Exposure,
  model: Model,
): Promise<Witness | undefined> {
  const staleAt = performance.now();
  const probed = await probe(client, instance, model, AbortSignal.timeout(answerTimeoutMs));
  const one = oneMissing(model, probed);
  if (one === undefined) return undefined;
  const version = await client.version(instance, AbortSignal.timeout(answerTimeoutMs));
  const report = (names: Probed): InstanceReport => ({
    instance,
    schemas,
    configuration: [],
    ...compareNames(one, { probed: names, leftover: noModel, refused: names.refused }, version),
  });
  return {
    instance,
    staleAt,
    stale: report(probed),
    fresh: report(withoutMissing(probed)),
    isMissing: async (signal) => oneMissing(one, await probe(client, instance, one, signal)) !== undefined,
  };
}

/** One thing of `model` that is missing: a column, function or relationship, or a whole relation. */
function oneMissing(model: Model, { relations, columns, relationships, routines }: Probed): Model | undefined {
  for (const [key, relation] of model.relations) {
    if (relations.missing.has(key)) return { ...noModel, relations: new Map([[key, relation]]) };
    for (const [name, column] of relation.columns) {
      if (!columns.missing.has(qualify(relation.schema, relation.name, name))) continue;
      return { ...noModel, relations: new Map([[key, { ...relation, columns: new Map([[name, column]]) }]]) };
    }
  }
  const routine = [...model.routines].find(([key]) => routines.missing.has(key));
  if (routine !== undefined) return { ...noModel, routines: new Map([routine]) };
  const relationship = [...model.relationships].find(([key]) => relationships.missing.has(key));
  return relationship === undefined ? undefined : { ...noModel, relationships: new Map([relationship]) };
}

function withoutMissing({ relations, columns, relationships, routines, ...refusals }: Probed): Probed {
  const found = ({ asked }: ProbedNames[keyof ProbedNames]) => ({ asked, missing: new Set<string>() });
  return {
    relations: found(relations),
    columns: found(columns),
    relationships: found(relationships),
    routines: found(routines),
    ...refusals,
  };
}
