import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { type Catalog, readCatalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import type { Finding } from '../drift/finding.js';
import { type Model, relationKey } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { resolveInstances } from '../postgrest/fleet.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { decodeOpenApi } from '../postgrest/openapi.js';
import { asOpenApiShows } from '../postgrest/openapi-view.js';
import { coalesce } from './coalesce.js';

/** What the source of a reading can see, and what it cannot. */
export interface Coverage {
  /** The role whose privileges decide which relations are compared; undefined where PostgreSQL has no such role. */
  role: string | undefined;
  /** The keys of the relations that both sides show. */
  comparedRelations: ReadonlySet<string>;
  /** How many relations of the exposed schemas the document leaves out, be it for the role's privileges. */
  hiddenRelations: number;
  covers: readonly string[];
  doesNotCover: readonly string[];
}

/** One instance that was read and compared. */
export interface InstanceReading {
  instance: Instance;
  version: string;
  source: 'openapi';
  schemas: string[];
  coverage: Coverage;
  findings: Finding[];
}

/** One instance that could not be read. */
export interface InstanceFailure {
  instance: Instance;
  error: InstanceError;
}

export type InstanceReport = InstanceReading | InstanceFailure;

/** Catalog and instances, compared. */
export interface Verification {
  at: Date;
  durationMs: number;
  catalog: Catalog;
  reports: InstanceReport[];
}

export interface VerifierOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
  /** The role that the instances take us for, where it is known. */
  role: string | undefined;
}

/** Follows a look, instance by instance. */
export interface Observer {
  began(instances: readonly Instance[]): void;
  reported(report: InstanceReport): void;
}

export interface Verifier {
  /**
   * Compares once more, so that no difference is reported that was only a change between two readings. Callers at the
   * same time share one run. Throws what node-postgres throws.
   */
  verify(): Promise<Verification>;
  /** Compares once. Instances have `timeoutMs` to answer. Throws what node-postgres throws. */
  look(timeoutMs: number, observer?: Observer): Promise<Verification>;
  /** The last verification, however long ago. */
  last(): Verification | undefined;
}

const verifyTimeoutMs = 15_000;
// All instances are asked at once and waited for, so one that hangs must not take the time of the others.
const exposureTimeoutMs = 2_000;
// A schema that changes faster than it can be read would keep us here for ever.
const maxLooks = 3;

const covers = ['relations', 'columns', 'primary_keys', 'foreign_keys'];
const doesNotCover = [
  'relations hidden from this role',
  'relations that were dropped but are still cached',
  'length and precision of types',
  'defaults that are no constants, of numbers, booleans, arrays and JSON',
  'keys of views',
  'foreign keys of several columns or into other schemas',
  'routines',
  'enum labels',
  'comments',
];

export function createVerifier(options: VerifierOptions): Verifier {
  let last: Verification | undefined;

  const look: Verifier['look'] = async (timeoutMs, observer) => {
    const at = new Date();
    const startedAt = performance.now();
    const instances = await resolveInstances(options.instances);
    observer?.began(instances);
    const exposures = await Promise.all(instances.map((instance) => exposedSchemas(options, instance)));
    const reading = readCatalog(options.pool, [...new Set(exposures.flatMap(({ schemas }) => schemas))], options.role);
    const signal = AbortSignal.timeout(timeoutMs);
    const reports = exposures.map(async (exposure) => {
      const report = await readInstance(options, exposure, reading, signal);
      observer?.reported(report);
      return report;
    });
    const [catalog, ...all] = await Promise.all([reading, ...reports]);
    last = { at, catalog, reports: all, durationMs: Math.round(performance.now() - startedAt) };
    return last;
  };

  const verify = async (): Promise<Verification> => {
    let verification = await look(verifyTimeoutMs);
    for (let looks = 1; looks < maxLooks && verification.reports.some(hasDrift); looks++) {
      const { catalog } = verification;
      const after = await readCatalog(options.pool, catalog.schemas, options.role);
      if (compare(catalog.model, after.model).length === 0) break;
      verification = await look(verifyTimeoutMs);
    }
    return verification;
  };

  return { verify: coalesce(verify), look, last: () => last };
}

export function isFailure(report: InstanceReport): report is InstanceFailure {
  return 'error' in report;
}

export function hasDrift(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length > 0;
}

/** Whether this instance was read and serves what the catalog has. */
export function isFresh(report: InstanceReport): boolean {
  return !isFailure(report) && report.findings.length === 0;
}

interface Exposure {
  instance: Instance;
  schemas: string[];
  error?: InstanceError;
}

async function exposedSchemas(options: VerifierOptions, instance: Instance): Promise<Exposure> {
  if (options.schemas !== undefined) return { instance, schemas: [...options.schemas] };
  try {
    const signal = AbortSignal.timeout(exposureTimeoutMs);
    return { instance, schemas: await options.client.exposedSchemas(instance, signal) };
  } catch (error) {
    return { instance, schemas: [], error: asInstanceError(error) };
  }
}

async function readInstance(
  options: VerifierOptions,
  { instance, schemas, error }: Exposure,
  reading: Promise<Catalog>,
  signal: AbortSignal,
): Promise<InstanceReport> {
  try {
    if (error !== undefined) throw error;
    const documents = new Map<string, unknown>();
    for (const schema of schemas) documents.set(schema, await options.client.openApi(instance, schema, signal));
    const catalog = await reading;
    const exposed = ofSchemas(catalog.model, schemas);
    const decoded = [...documents].map(([schema, document]) => decodeOpenApi(document, schema, exposed));
    const cache: Model = { relations: new Map(decoded.flatMap(({ model }) => [...model.relations])) };
    const version = decoded[0]?.version ?? '';
    const visible = catalog.visible ?? new Set();
    const compared = asOpenApiShows(exposed, cache, { version, visible });
    const differences = compare(compared.catalog, compared.shown);
    const unlisted = await findUnlisted(options, instance, exposed, differences, signal);
    const covered = [...compared.catalog.relations.keys()].filter((key) => !unlisted.has(key));
    return {
      instance,
      version,
      source: 'openapi',
      schemas,
      coverage: {
        role: catalog.visible === undefined ? undefined : catalog.role,
        comparedRelations: new Set(covered),
        hiddenRelations: exposed.relations.size - covered.length,
        covers,
        doesNotCover: catalog.visible === undefined ? [...doesNotCover, newRelations(catalog.role)] : doesNotCover,
      },
      findings: differences.filter(({ object }) => !unlisted.has(object)),
    };
  } catch (cause) {
    return { instance, error: asInstanceError(cause) };
  }
}

/**
 * The relations, by key, that the document leaves out although they are cached: it follows the privileges of a role that
 * we may have wrong. They are not covered, rather than missing.
 */
async function findUnlisted(
  options: VerifierOptions,
  instance: Instance,
  catalog: Model,
  differences: Finding[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const unlisted = new Set<string>();
  for (const { kind, object } of differences) {
    const relation = kind === 'missing_relation' ? catalog.relations.get(object) : undefined;
    if (relation === undefined) continue;
    if (await options.client.hasRelation(instance, relation.schema, relation.name, signal)) unlisted.add(object);
  }
  return unlisted;
}

function newRelations(role: string): string {
  return `relations that are not cached yet, because PostgreSQL has no role ${role}`;
}

function ofSchemas(model: Model, schemas: readonly string[]): Model {
  const relations = [...model.relations.values()].filter((relation) => schemas.includes(relation.schema));
  return { relations: new Map(relations.map((relation) => [relationKey(relation), relation])) };
}

/** Errors that say something about the instance; any other one is thrown on. */
function asInstanceError(error: unknown): InstanceError {
  if (error instanceof InstanceError) return error;
  throw error;
}
