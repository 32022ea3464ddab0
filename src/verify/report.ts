import type { Catalog } from '../catalog/catalog.js';
import type { Finding } from '../drift/finding.js';
import type { Model } from '../model/model.js';
import type { SchemaOrigin } from '../postgrest/exposure.js';
import type { Instance } from '../postgrest/instance.js';

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
  /** Who said which schemas are exposed; without it, the instance. */
  schemasFrom?: SchemaOrigin;
  /** How each exposed schema was read; without it, all by names only. */
  schemas?: readonly SchemaReading[];
}

export type Source = 'schema_cache' | 'openapi' | 'probe';

/** A source that a schema could not be read from, and why, as a sentence for whoever operates the instance. */
export interface PassedSource {
  source: Source;
  reason: string;
}

/** How one schema was read, and why not from the better sources. */
export interface SchemaReading {
  schema: string;
  source: Source;
  notReadFrom: readonly PassedSource[];
}

/** One instance that was read and compared. */
export interface InstanceReading {
  instance: Instance;
  version: string;
  /** The best that any of its schemas was read from. */
  source: Source;
  schemas: readonly string[];
  coverage: Coverage;
  findings: Finding[];
  /** What PostgREST has not taken up of its configuration in the database. A reload of the schema does not end it. */
  configuration: Finding[];
  /** Why its loads fail, of an instance that serves the schema cache that it had, as PostgREST 16 does; undefined for none. */
  loadFailure?: string;
}

/** The catalog, and what earlier ones had that it has not. */
export interface KnownCatalog {
  catalog: Catalog;
  vanished: Model;
}

/** Until when an instance may be asked, on the clock of `performance.now()`, unless `signal` fires before. */
export interface Time {
  signal: AbortSignal;
  endsAt: number;
}
