import type { Finding } from '../../drift/finding.js';
import { qualify } from '../../model/identifier.js';
import type { Agreement, Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { clip } from './words.js';

type Side = Finding['catalog'];

/** Differences between catalog and caches that bring an error about, with the instances that they are of. */
export interface Behind {
  urls: string[];
  /** What differs, in a sentence. */
  text: string;
}

const maxTold = 3;

/** Those of the differences in what the request names that lie behind the error. */
export function differencesBehind(reported: Reported, facts: Facts): Behind | undefined {
  const instances = facts.agreement?.instances ?? [];
  const found = instances.flatMap(({ url, findings }) =>
    findings.filter((finding) => isBehind(reported, facts, finding)).map((finding) => ({ url, finding })),
  );
  if (found.length === 0) return undefined;
  const texts = [...new Set(found.map(({ finding }) => tell(finding)))].slice(0, maxTold);
  return { urls: [...new Set(found.map(({ url }) => url))], text: texts.join(' ') };
}

type Test = (reported: Reported, facts: Facts, finding: Finding) => boolean;

const ofFunction: Test = (_, __, { kind }) => kind.endsWith('_function');
const ofType: Test = (_, __, finding) =>
  finding.kind.endsWith('_function') || finding.kind.endsWith('_representation') || hasOtherType(finding);
const ofKey: Test = (_, __, { kind }) => kind.endsWith('_primary_key');

// By code, which differences make PostgREST's SQL be refused so.
const tests: Record<string, Test> = {
  '42804': ({ message }, _, finding) =>
    isOfColumn(finding, /^column "(.+?)" is of type/.exec(message)?.[1]) && hasOtherType(finding),
  '42704': ofType,
  '42846': ofType,
  '42883': (reported, facts, finding) =>
    ofType(reported, facts, finding) || finding.kind === 'extra_relation' || finding.cache?.function !== undefined,
  '23514': ({ message }, _, finding) => /^value for domain /.test(message) && hasOtherType(finding),
  '42P10': ofKey,
  '23505': ofKey,
  PGRST105: ofKey,
  '23502': ({ message }, _, finding) =>
    isOfColumn(finding, /null value in column "(.+?)"/.exec(message)?.[1]) &&
    finding.catalog?.default !== null &&
    finding.catalog?.default !== finding.cache?.default,
  '25006': (reported, facts, finding) =>
    ofFunction(reported, facts, finding) && finding.catalog?.volatility !== finding.cache?.volatility,
  '57014': (reported, facts, finding) =>
    ofFunction(reported, facts, finding) &&
    JSON.stringify(finding.catalog?.settings) !== JSON.stringify(finding.cache?.settings),
  PGRST107: ({ message }, { named }, { kind }) =>
    kind.endsWith('_media_handler') &&
    named?.mediaHandlers.some(({ mediaType }) => message.includes(mediaType)) === true,
  PGRST203: ofFunction,
  PGRST201: (_, facts, finding) => finding.kind.endsWith('_relationship') && namesBoth(facts, finding),
  '42P01': (_, __, { kind }) => kind === 'extra_relation',
};

function isBehind(reported: Reported, facts: Facts, finding: Finding): boolean {
  const test = tests[reported.code];
  if (test !== undefined) return test(reported, facts, finding);
  return /^22/.test(reported.code) && ofType(reported, facts, finding) && isCachedType(reported.message, finding);
}

function isOfColumn({ kind, object }: Finding, name: string | undefined): boolean {
  return kind === 'changed_column' && name !== undefined && object.endsWith(`.${qualify(name)}`);
}

function hasOtherType({ kind, catalog, cache }: Finding): boolean {
  if (kind !== 'changed_column') return false;
  return (
    catalog?.type !== cache?.type || (cache?.nominalType !== undefined && catalog?.nominalType !== cache.nominalType)
  );
}

/** Whether the type that a value was refused for may be what the cache has; not all messages name it. */
function isCachedType(message: string, { cache }: Finding): boolean {
  const refused = typeIn(message);
  return (
    refused === undefined ||
    cache === null ||
    JSON.stringify(cache).includes(refused) ||
    /int|float|double/.test(String(cache.type))
  );
}

/** The type that PostgreSQL read a value as: `invalid input syntax for type uuid: "1"`. */
export function typeIn(message: string): string | undefined {
  const [, type] =
    /for type ([^:"]+?)(?::|$)/.exec(message) ??
    /input value for enum ([^:]+):/.exec(message) ??
    /^(\w+) out of range/.exec(message) ??
    [];
  return type?.trim();
}

function namesBoth({ subject }: Facts, finding: Finding): boolean {
  if (subject.kind !== 'ambiguous_relationship') return false;
  const text = JSON.stringify([finding.object, finding.catalog, finding.cache]);
  return text.includes(subject.from) && text.includes(subject.to);
}

/** What differs, in a sentence. */
function tell({ kind, object, catalog, cache }: Finding): string {
  const what = `the ${kind.slice(kind.indexOf('_') + 1).replaceAll('_', ' ')} ${object}`;
  if (catalog === null)
    return `PostgreSQL does not have ${what}${shownSide(cache)} any more; the schema cache still does.`;
  if (cache === null) return `PostgreSQL has ${what}${shownSide(catalog)}; the schema cache does not.`;
  const keys = [...new Set([...Object.keys(catalog), ...Object.keys(cache)])];
  const differing = keys.filter((key) => JSON.stringify(catalog[key]) !== JSON.stringify(cache[key]));
  const list = (side: Side) => differing.map((key) => `${key} ${plain(side?.[key])}`).join(', ');
  return clip(`PostgreSQL has ${what} with ${list(catalog)}; the schema cache has ${list(cache)}.`);
}

/** What tells one relationship from another. */
function shownSide(side: Side): string {
  const { constraint, references } = side ?? {};
  return typeof constraint === 'string'
    ? ` (${constraint})`
    : typeof references === 'string'
      ? ` (to ${references})`
      : '';
}

function plain(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether every instance that serves the schema was compared in this relation, with its types, keys and defaults. */
export function isCompared({ agreement, named, instances, schema }: Facts, relation: string): boolean {
  const asked = instances.filter(({ error, exposed }) => error === undefined && exposed.includes(schema));
  const isSeen = ({ source }: Agreement['instances'][number]) =>
    source === 'schema_cache' || (source === 'openapi' && named?.hidden.has(relation) === false);
  return (
    asked.length > 0 &&
    asked.every(({ url }) => agreement?.instances.some((each) => each.url === url && isSeen(each)) === true)
  );
}
