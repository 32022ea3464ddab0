import type { Catalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import type { Finding } from '../drift/finding.js';
import { type Model, relationKey } from '../model/model.js';
import type { PostgrestClient } from '../postgrest/client.js';
import type { Instance } from '../postgrest/instance.js';
import { decodeOpenApi } from '../postgrest/openapi.js';
import { asOpenApiShows } from '../postgrest/openapi-view.js';

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
  schemas: readonly string[];
  coverage: Coverage;
  findings: Finding[];
}

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
// When as many are all cached or all not cached, so are the others: either we have the role right or we have it wrong.
const sampleSize = 20;

/**
 * Reads the OpenAPI documents of an instance's exposed `schemas` and compares them with the catalog, whose reading may
 * still be under way. Throws InstanceError, or what reading the catalog throws.
 */
export async function readInstance(
  client: PostgrestClient,
  instance: Instance,
  schemas: readonly string[],
  reading: Promise<Catalog>,
  signal: AbortSignal,
): Promise<InstanceReading> {
  const documents = new Map<string, unknown>();
  for (const schema of schemas) documents.set(schema, await client.openApi(instance, schema, signal));
  const { model, visible, role } = await reading;
  const exposed = ofSchemas(model, schemas);
  const decoded = [...documents].map(([schema, document]) => decodeOpenApi(document, schema, exposed));
  const cache: Model = { relations: new Map(decoded.flatMap(({ model }) => [...model.relations])) };
  const version = decoded[0]?.version ?? '';
  const compared = asOpenApiShows(exposed, cache, { version, visible: visible ?? new Set() });
  const differences = compare(compared.catalog, compared.shown);
  const unlisted = await findUnlisted(client, instance, exposed, differences, signal);
  const covered = [...compared.catalog.relations.keys()].filter((key) => !unlisted.has(key));
  return {
    instance,
    version,
    source: 'openapi',
    schemas,
    coverage: {
      role: visible === undefined ? undefined : role,
      comparedRelations: new Set(covered),
      hiddenRelations: exposed.relations.size - covered.length,
      covers,
      doesNotCover: visible === undefined ? [...doesNotCover, newRelations(role)] : doesNotCover,
    },
    findings: differences.filter(({ object }) => !unlisted.has(object)),
  };
}

/**
 * The relations, by key, that the document leaves out although they are cached: it follows the privileges of a role that
 * we may have wrong. They are not covered, rather than missing.
 */
async function findUnlisted(
  client: PostgrestClient,
  instance: Instance,
  catalog: Model,
  differences: Finding[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const missing = differences.filter(({ kind }) => kind === 'missing_relation').map(({ object }) => object);
  const unlisted = new Set<string>();
  for (const [asked, key] of missing.entries()) {
    if (asked === sampleSize && unlisted.size === 0) return unlisted;
    if (asked === sampleSize && unlisted.size === sampleSize) return new Set(missing);
    const relation = catalog.relations.get(key);
    if (relation === undefined) continue;
    // The column need not exist: a relation that is not cached is refused first.
    const plan = await client.plan.relation(instance, relation, ['pgrst_ops'], [], signal);
    if (plan.isPlanned || plan.code === 'PGRST204') unlisted.add(key);
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
