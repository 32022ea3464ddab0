import type { Catalog } from '../catalog/catalog.js';
import { compare } from '../drift/compare.js';
import { type Difference, toFinding } from '../drift/finding.js';
import { type Model, noModel } from '../model/model.js';
import { InstanceError } from '../postgrest/instance.js';
import { decodeOpenApi } from '../postgrest/openapi.js';
import { asOpenApiShows } from '../postgrest/openapi-view.js';
import type { Probed } from '../postgrest/probe.js';
import { asProbed } from '../postgrest/probe-view.js';
import { decodeSchemaCache } from '../postgrest/schema-cache.js';
import { asSchemaCacheShows } from '../postgrest/schema-cache-view.js';
import type { InstanceReading } from './read-instance.js';

/** What one source says of an instance. */
export type SourceReading = Pick<InstanceReading, 'version' | 'source' | 'coverage' | 'findings'>;

/**
 * Compares the whole schema cache, as the JSON that the admin server answers. Throws InstanceError where that is none.
 */
export function compareSchemaCache(catalog: Model, document: string, version: string): SourceReading {
  const cache = decodeSchemaCache(parse(document));
  const differences = compare(asSchemaCacheShows(catalog, cache), cache.model);
  return {
    version,
    source: 'schema_cache',
    coverage: {
      role: undefined,
      comparedRelations: new Set(catalog.relations.keys()),
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
        ...(cache.hasMediaHandlers ? [] : ['media type handlers']),
        ...(cache.hasIsolationLevels ? [] : ['isolation levels of functions']),
        ...(catalog.uncertain.size > 0 ? ['what depends on settings of PostgREST that are not known here'] : []),
      ],
    },
    findings: differences.map((difference) => toFinding(difference, version)),
  };
}

const namesCovered = ['names of relations, columns and functions', 'relationships within a schema'];
const namesNotCovered = [
  'what was dropped and is still cached',
  'functions of which several take the same names, and more of functions than the names of their parameters',
  'which methods a view takes, and whether a relationship is one-to-one',
  'domain representations, media type handlers and comments',
];

/** Compares what was asked for by name. */
export function compareNames(catalog: Model, probed: Probed, version: string): SourceReading {
  return {
    version,
    source: 'probe',
    coverage: {
      role: undefined,
      comparedRelations: probed.relations.asked,
      hiddenRelations: catalog.relations.size,
      covers: namesCovered,
      doesNotCover: [...namesNotCovered, 'types, nullability and defaults of columns', 'primary keys'],
    },
    findings: differencesOf(catalog, probed).map((difference) => toFinding(difference, version)),
  };
}

/**
 * Compares the OpenAPI document of each schema, and by name what they do not tell. Throws InstanceError where one is no
 * such document.
 */
export function compareDocuments(
  { model: catalog, visible, role }: Catalog,
  documents: ReadonlyMap<string, unknown>,
  probed: Probed,
): SourceReading {
  const decoded = [...documents].map(([schema, document]) => decodeOpenApi(document, schema, catalog));
  const shown: Model = {
    ...noModel,
    relations: new Map(decoded.flatMap(({ model }) => [...model.relations])),
    relationships: new Map(decoded.flatMap(({ model }) => [...model.relationships])),
  };
  const version = decoded[0]?.version ?? '';
  const sides = asOpenApiShows(catalog, shown, { version, visible: visible ?? new Set() });
  // A relation that is cached and not listed is hidden from the role, whichever that is.
  const isHidden = ({ kind, object }: Difference) =>
    kind === 'missing_relation' && !probed.relations.missing.has(object);
  const listed = compare(sides.catalog, sides.shown).filter((difference) => !isHidden(difference));
  const subject = ({ kind, object }: Difference) => `${kind.slice(kind.indexOf('_'))} ${object}`;
  const known = new Set(listed.map(subject));
  const byName = differencesOf(catalog, probed).filter((difference) => !known.has(subject(difference)));
  const hidden = [...catalog.relations.keys()].filter((key) => !shown.relations.has(key));
  return {
    version,
    source: 'openapi',
    coverage: {
      role: visible === undefined ? undefined : role,
      comparedRelations: probed.relations.asked,
      hiddenRelations: hidden.filter((key) => !probed.relations.missing.has(key)).length,
      covers: ['types, nullability and defaults of columns', 'primary keys of tables', ...namesCovered],
      doesNotCover: [
        ...namesNotCovered,
        'more than the names of relations that are hidden from this role',
        'length and precision of types, and names of domains',
        'defaults that are no constants, of numbers, booleans, arrays and JSON',
        'enum labels',
        'keys of views',
      ],
    },
    findings: [...listed, ...byName].map((difference) => toFinding(difference, version)),
  };
}

function differencesOf(catalog: Model, probed: Probed): Difference[] {
  const sides = asProbed(catalog, probed);
  return compare(sides.catalog, sides.cache);
}

function parse(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    throw new InstanceError('unexpected_answer', 'Its admin server answers something else than its schema cache.');
  }
}
