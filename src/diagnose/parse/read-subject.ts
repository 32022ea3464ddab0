import { columnSubject } from './column-subject.js';
import { privilegeSubject } from './refusal.js';
import { quotedIn, type Reported, textual } from './reported.js';
import { readRequest } from './request.js';
import { targetOf } from './request-path.js';
import { routineSubject, signatureIn, split } from './signature.js';
import type { Subject } from './subject.js';

type Reader = (reported: Reported, schemas: readonly string[]) => Subject | undefined;

// The texts of PostgREST 12.0 to 16 and of PostgreSQL. Names stand in them as they are: a quote within one is not
// doubled, so the longest match is taken.
const readers: Record<string, Reader> = {
  PGRST000: () => ({ kind: 'connection' }),
  PGRST001: () => ({ kind: 'connection' }),
  PGRST002: () => ({ kind: 'schema_cache' }),
  PGRST003: () => ({ kind: 'pool' }),
  PGRST106: ({ message, profile }) => {
    const named = /^Invalid schema: (.+)$/s.exec(message)?.[1];
    return { kind: 'schema', schema: named ?? (profile || undefined) };
  },
  PGRST200: ({ message, details }) => {
    const [, between = '', schema] =
      /relationship between '(.+)' in the schema '(.+)', but/s.exec(textual(details)) ??
      /relationship between '(.+)' in the schema cache$/s.exec(message) ??
      [];
    const [, from, to, hint] = /^(.+?)' and '(.+?)(?:' using the hint '(.+))?$/s.exec(between) ?? [];
    return from === undefined || to === undefined ? undefined : { kind: 'relationship', schema, from, to, hint };
  },
  PGRST201: ({ message, hint, details }) => {
    const [, from, to] = /found for '(.+?)' and '(.+)'$/s.exec(message) ?? [];
    const list = /following: '(.+)'\. Find the desired/s.exec(hint)?.[1];
    if (from === undefined || to === undefined) return undefined;
    const constraints = constraintsIn(details);
    return { kind: 'ambiguous_relationship', from, to, hints: list?.split("', '") ?? [], constraints };
  },
  PGRST202: routineSubject,
  PGRST203: ({ message }, schemas) => {
    const list = /function between: (.+)$/s.exec(message)?.[1];
    const name = list?.split('(')[0];
    if (list === undefined || name === undefined) return undefined;
    const [first = '', ...others] = list.split(`, ${name}(`);
    const candidates = [first, ...others.map((candidate) => `${name}(${candidate}`)];
    const signatures = candidates.map((one) => signatureIn(one.slice(one.indexOf('(') + 1, -1)) ?? []);
    return { kind: 'ambiguous_function', routine: split(name, schemas), candidates, signatures };
  },
  PGRST204: ({ message }) => {
    const [, name, relation] =
      /^Column '(.+)' of relation '(.+)' does not exist$/s.exec(message) ??
      /^Could not find the '(.+)' column of '(.+)' in the schema cache$/s.exec(message) ??
      [];
    return name === undefined ? undefined : { kind: 'column', schema: undefined, relation, name };
  },
  PGRST205: ({ message }, schemas) => {
    const name = /^Could not find the (?:table|relation) '(.+)' in the schema cache$/s.exec(message)?.[1];
    return name === undefined ? undefined : { kind: 'relation', ...split(name, schemas) };
  },
  '22023': ({ message }) => {
    const name = /^role "(.+)" does not exist$/s.exec(message)?.[1];
    return name === undefined ? undefined : { kind: 'role', name, mayBeSet: true };
  },
  '42501': privilegeSubject,
  '42703': columnSubject,
  // A call of PostgREST that fits several functions.
  '42725': (reported, schemas) => {
    const called = /^function (.+?)\(.* => .*\) is not unique$/s.exec(reported.message)?.[1];
    const { target } = readRequest(reported);
    const routine = called === undefined ? undefined : split(called, schemas);
    return target?.kind === 'routine' && routine?.name === target.name
      ? { kind: 'ambiguous_function', routine, candidates: [], signatures: [] }
      : undefined;
  },
  // What has no rows, such as a type or an index.
  '42809': ({ message, path }, schemas) => {
    const called = /^(.+?)\(.* => .*\) is an? (?:procedure|aggregate|window)/s.exec(message)?.[1];
    const routine = called === undefined ? undefined : split(called, schemas);
    if (routine !== undefined && routine.name === targetOf(path)?.name) {
      return { kind: 'routine', ...routine, argumentNames: [], bodyTypes: [] };
    }
    const name = /^cannot open relation "(.+)"$/s.exec(message)?.[1];
    return targetOf(path)?.name === name && name !== undefined
      ? { kind: 'relation', schema: undefined, name }
      : undefined;
  },
  '42883': routineSubject,
  '42P01': ({ message, path }, schemas) => {
    const text = /^relation "(.+)" does not exist$/s.exec(message)?.[1];
    if (text === undefined) return { kind: 'inside', names: quotedIn(message) };
    const found = split(text, schemas);
    const target = targetOf(path);
    // PostgREST qualifies every relation, and asks only for those of the request.
    const isNamed =
      target === undefined ||
      (target.kind === 'relation' && target.name === found.name) ||
      isEmbedded(path, found.name);
    return found.schema === undefined || !isNamed
      ? { kind: 'inside', names: [found.name] }
      : { kind: 'relation', ...found };
  },
  // A reference that is ambiguous, syntax, a policy that uses itself: PostgREST's own SQL has none of them.
  '42702': ({ message }) => ({ kind: 'inside', names: quotedIn(message) }),
  '42601': ({ message }) => (/in tsquery/.test(message) ? undefined : { kind: 'inside', names: quotedIn(message) }),
  '3F000': ({ message, path }) =>
    targetOf(path) === undefined ? undefined : { kind: 'inside', names: quotedIn(message) },
};

const maxDetails = 50;
const maxDetailLength = 500;

// Connections that fail, too many of them, shutdown, credentials, a database that is not there.
const connectionStates = /^(08|533|57P|28|3D)/;

// What PostgreSQL itself says of credentials.
const ofServer = /authentication failed|pg_hba|certificate|no password|role "|user name|permitted to log in/i;

// What PostgREST refuses of what a function or db-pre-request set, with the setting that it did.
const setInside: Record<string, string> = {
  PGRST111: 'response.headers',
  PGRST112: 'response.status',
  PGRST121: 'PGRST',
};

/** Reads what `reported` is about; `schemas` are names of schemas, for qualified names that hold more than one dot. */
export function subjectOf(reported: Reported, schemas: readonly string[]): Subject {
  const { code, path, profile, isEmpty } = reported;
  const known = profile === '' ? schemas : [profile, ...schemas];
  const read = Object.hasOwn(readers, code) ? readers[code]?.(reported, known) : undefined;
  if (read !== undefined) return read;
  // RAISE: the message stands in the code, as long as nothing is put into it.
  if (/^(P0|PT)/.test(code)) return { kind: 'inside', names: [reported.message] };
  const set = Object.hasOwn(setInside, code) ? setInside[code] : undefined;
  if (set !== undefined) return { kind: 'inside', names: [set] };
  const isConnection = /^[0-9A-Z]{5}$/.test(code) && connectionStates.test(code);
  // Login functions raise them too.
  if (/^28/.test(code) && !ofServer.test(reported.message)) return { kind: 'inside', names: [reported.message] };
  if (isConnection && !/prepared statement/.test(reported.message)) return { kind: 'connection' };
  // PostgREST 12 answers writes to a relation that it does not know with an empty object.
  const target = isEmpty ? targetOf(path) : undefined;
  if (target === undefined) return { kind: 'other' };
  return { ...target, schema: undefined, ...(target.kind === 'routine' && { bodyTypes: [] }) } as Subject;
}

/** The foreign keys that PostgREST found, as the details of PGRST201 list them. */
function constraintsIn(details: unknown): string[] {
  return Array.isArray(details) ? details.slice(0, maxDetails).flatMap(constraintsOf) : [];
}

function constraintsOf(detail: { cardinality?: unknown; relationship?: unknown } | null): string[] {
  const { cardinality, relationship } = detail ?? {};
  if (typeof relationship !== 'string' || relationship.length > maxDetailLength) return [];
  // `junction using key(a) and key(b)`, or `key using table(a) and table(b)`.
  if (cardinality === 'many-to-many') {
    return /^.+? using (.+?)\(.*?\) and (.+?)\(.*?\)$/s.exec(relationship)?.slice(1) ?? [];
  }
  return /^(.+?) using .+\(/s.exec(relationship)?.slice(1) ?? [];
}

function isEmbedded(path: string, relation: string): boolean {
  return readRequest({ code: '', message: '', path, method: '' } as Reported).embeds.some(
    ({ name }) => name === relation,
  );
}
