import { privilegeSubject } from './refusal.js';
import { type Reported, textual } from './reported.js';
import { targetOf } from './request-path.js';
import { routineSubject, split } from './signature.js';
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
  PGRST201: ({ message, hint }) => {
    const [, from, to] = /found for '(.+?)' and '(.+)'$/s.exec(message) ?? [];
    const list = /following: '(.+)'\. Find the desired/s.exec(hint)?.[1];
    if (from === undefined || to === undefined) return undefined;
    return { kind: 'ambiguous_relationship', from, to, hints: list?.split("', '") ?? [] };
  },
  PGRST202: routineSubject,
  PGRST203: ({ message }) => {
    const list = /function between: (.+)$/s.exec(message)?.[1];
    const name = list?.split('(')[0];
    if (list === undefined || name === undefined) return undefined;
    const [first = '', ...others] = list.split(`, ${name}(`);
    return { kind: 'ambiguous_function', candidates: [first, ...others.map((candidate) => `${name}(${candidate}`)] };
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
  '42703': ({ message, path }) => {
    const [, ofRelation, relation] = /^column "(.+)" of relation "(.+)" does not exist$/s.exec(message) ?? [];
    if (ofRelation !== undefined) return { kind: 'column', schema: undefined, relation, name: ofRelation };
    const target = targetOf(path);
    const asked = target?.kind === 'relation' ? target.name : undefined;
    const alone = /^column "(.+)" does not exist$/s.exec(message)?.[1];
    if (alone !== undefined) return { kind: 'column', schema: undefined, relation: asked, name: alone };
    const dotted = /^column (.+) does not exist$/s.exec(message)?.[1];
    if (dotted === undefined) return undefined;
    const { schema, name } = split(dotted, asked === undefined ? [] : [asked]);
    return { kind: 'column', schema: undefined, relation: schema ?? asked, name };
  },
  '42883': routineSubject,
  '42P01': ({ message }, schemas) => {
    const name = /^relation "(.+)" does not exist$/s.exec(message)?.[1];
    return name === undefined ? undefined : { kind: 'relation', ...split(name, schemas) };
  },
};

// Connections that fail, resources, shutdown, credentials, a database that is not there.
const connectionStates = /^(08|53|57P|28|3D)/;

/** Reads what `reported` is about; `schemas` are names of schemas, for qualified names that hold more than one dot. */
export function subjectOf(reported: Reported, schemas: readonly string[]): Subject {
  const { code, path, profile, isEmpty } = reported;
  const known = profile === '' ? schemas : [profile, ...schemas];
  const read = Object.hasOwn(readers, code) ? readers[code]?.(reported, known) : undefined;
  if (read !== undefined) return read;
  if (/^[0-9A-Z]{5}$/.test(code) && connectionStates.test(code)) return { kind: 'connection' };
  // PostgREST 12 answers writes to a relation that it does not know with an empty object.
  const target = isEmpty ? targetOf(path) : undefined;
  if (target === undefined) return { kind: 'other' };
  return { ...target, schema: undefined, ...(target.kind === 'routine' && { takesBody: false }) } as Subject;
}
