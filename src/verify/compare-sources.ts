import type { Catalog } from '../catalog/catalog.js';
import { compare, inOrder } from '../drift/compare.js';
import { type Difference, toFinding } from '../drift/finding.js';
import { type Model, noModel } from '../model/model.js';
import { merge } from '../model/vanished.js';
import type { InstanceError } from '../postgrest/instance.js';
import type { OpenApiReading } from '../postgrest/openapi.js';
import { asOpenApiShows } from '../postgrest/openapi-view.js';
import type { Probed } from '../postgrest/probe.js';
import { askedOf, cachedOf } from '../postgrest/probe-view.js';
import type { SchemaCache } from '../postgrest/schema-cache.js';
import { asSchemaCacheShows } from '../postgrest/schema-cache-view.js';
import { asCountedBy, rulesOf } from '../postgrest/version-rules.js';
import type { InstanceReading } from './report.js';

/** What one source says of an instance. */
export type SourceReading = Pick<InstanceReading, 'version' | 'source' | 'coverage' | 'findings'>;

// Where something between hides the version it is the one that agrees best.
const versionsToTry = ['16', '12.2.12'];

/** Compares the whole schema cache, as `version` counts it; an empty one is not known. */
export function compareSchemaCache(catalog: Model, cache: SchemaCache, version: string): SourceReading {
  const candidates = version === '' ? versionsToTry : [version];
  const [differences = []] = candidates
    .map((each) => compare(asSchemaCacheShows(asCountedBy(each, catalog), cache), cache.model))
    .sort((one, other) => one.length - other.length);
  return {
    version,
    source: 'schema_cache',
    coverage: {
      role: undefined,
      comparedRelations: catalog.relations.size,
      hiddenRelations: 0,
      covers: [
        'relations',
        'columns',
        'primary keys',
        'relationships',
        'functions',
        'enum labels',
        'comments',
        'domain representations',
        ...(cache.hasMediaHandlers ? ['media type handlers'] : []),
      ],
      doesNotCover: [
        'time zone names',
        constantsNotCovered,
        ...(cache.hasMediaHandlers ? [] : ['media type handlers']),
        ...(cache.hasIsolationLevels ? [] : ['isolation levels of functions']),
        ...(catalog.uncertain.size > 0 ? ['what depends on settings of PostgREST that are not known here'] : []),
      ],
    },
    findings: differences.map((difference) => toFinding(difference, rulesOf(version))),
  };
}

/** PostgreSQL prints them as the session of PostgREST has them, whose settings only that session knows. */
const constantsNotCovered =
  'two dates, times, intervals or amounts of money in a default that are printed in different styles';

const namesCovered = ['names of relations, columns and functions', 'relationships within a schema'];
const namesNotCovered = [
  'what was dropped before it was first looked at, and is still cached; functions and relationships also if others of their name, or between the same relations, are left',
  'a function whose calls another one of its name takes, and relationships of a relation with itself by several columns',
  'which of several functions that take the same names there are, and more of functions than the names of their parameters',
  'which methods a view takes, and whether a relationship is one-to-one',
  'domain representations, media type handlers and comments',
];

/** What an instance has cached by name. */
export interface Names {
  /** What of the catalog was asked for. */
  probed: Probed;
  /** What the catalog had and has no more, and is still cached. */
  leftover: Model;
  /** Why of these relations and functions, by key, nothing could be asked. */
  refused: ReadonlyMap<string, InstanceError>;
}

const mostRefused = 20;

/** What could not be asked for by name is not covered. */
function notAsked({ refused }: Names): string[] {
  const [error] = refused.values();
  if (error === undefined) return [];
  const names = [...refused.keys()];
  const more = names.length > mostRefused ? ` and ${names.length - mostRefused} more` : '';
  const list = `${names.slice(0, mostRefused).join(', ')}${more}`;
  return [`what it has cached by these names, because something refuses the question: ${list}. ${error.message}`];
}

/** Compares what was asked for by name. */
export function compareNames(catalog: Model, names: Names, version: string): SourceReading {
  return {
    version,
    source: 'probe',
    coverage: {
      role: undefined,
      comparedRelations: catalog.relations.size,
      hiddenRelations: catalog.relations.size,
      covers: namesCovered,
      doesNotCover: [
        ...namesNotCovered,
        'types, nullability and defaults of columns',
        'primary keys',
        ...notAsked(names),
      ],
    },
    findings: differencesOf(catalog, names).map((difference) => toFinding(difference, rulesOf(version))),
  };
}

/** What the OpenAPI documents of some of an instance's schemas say. */
export interface Shown {
  schemas: readonly string[];
  model: Model;
  version: string;
  /** Why other schemas have no document. */
  refused: ReadonlyMap<string, InstanceError>;
}

/** Puts together what the document of each schema says. */
export function joinDocuments(
  documents: ReadonlyMap<string, OpenApiReading>,
  refused: ReadonlyMap<string, InstanceError>,
): Shown {
  const decoded = [...documents.values()];
  const model: Model = {
    ...noModel,
    relations: new Map(decoded.flatMap((each) => [...each.model.relations])),
    relationships: new Map(decoded.flatMap((each) => [...each.model.relationships])),
  };
  return { schemas: [...documents.keys()], model, version: decoded[0]?.version ?? '', refused };
}

/** Compares what the documents show, and by name what they do not tell, such as all of a schema without one. */
export function compareDocuments(
  { model: catalog, visible, role }: Catalog,
  { schemas, model: shown, version }: Shown,
  names: Names,
  withoutDocument: readonly string[],
): SourceReading {
  const { missing } = names.probed.relations;
  const hasDocument = (key: string) => schemas.includes(catalog.relations.get(key)?.schema ?? '');
  const expected = new Set([...(visible ?? [])].filter(hasDocument));
  const sides = asOpenApiShows(catalog, shown, { version, visible: expected });
  // A relation that is cached and not listed is hidden from the role, whichever that is.
  const isHidden = ({ kind, object }: Difference) => kind === 'missing_relation' && !missing.has(object);
  const byName = differencesOf(catalog, names);
  const listed = compare(sides.catalog, sides.shown, byName).filter((difference) => !isHidden(difference));
  const subject = ({ kind, object }: Difference) => `${kind.slice(kind.indexOf('_'))} ${object}`;
  const known = new Set(listed.map(subject));
  // By name a foreign key is known with its constraint.
  const named = (one: Difference) =>
    byName.find(({ kind, object }) => kind.endsWith('_relationship') && kind === one.kind && object === one.object);
  const differences = inOrder([
    ...listed.map((difference) => named(difference) ?? difference),
    ...byName.filter((difference) => !known.has(subject(difference))),
  ]);
  const hidden = [...catalog.relations.keys()].filter((key) => !shown.relations.has(key));
  return {
    version,
    source: 'openapi',
    coverage: {
      role: visible === undefined ? undefined : role,
      comparedRelations: catalog.relations.size,
      hiddenRelations: hidden.filter((key) => !missing.has(key)).length,
      covers: ['types, nullability and defaults of columns', 'primary keys of tables', ...namesCovered],
      doesNotCover: [
        ...namesNotCovered,
        'more than the names of relations that are hidden from this role',
        'length and precision of types, and names of domains',
        constantsNotCovered,
        'defaults that are no constants, of numbers, booleans, arrays and JSON',
        'enum labels',
        'keys of views',
        ...(withoutDocument.length > 0 ? [`more than the names of what is in ${withoutDocument.join(', ')}`] : []),
        ...notAsked(names),
      ],
    },
    findings: differences.map((difference) => toFinding(difference, rulesOf(version))),
  };
}

function differencesOf(catalog: Model, { probed, leftover }: Names): Difference[] {
  return compare(askedOf(catalog, probed), merge(cachedOf(catalog, probed), leftover));
}
