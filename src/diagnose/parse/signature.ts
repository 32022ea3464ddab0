import { type Reported, textual } from './reported.js';
import { queryOf, targetOf } from './request-path.js';
import type { Argument, SplitName, Subject } from './subject.js';

/** Parts `schema.name`, which is not quoted: at the end of one of `schemas`, else at the first dot. */
export function split(text: string, schemas: readonly string[]): SplitName {
  const known = schemas.filter((schema) => text.startsWith(`${schema}.`)).sort((a, b) => b.length - a.length)[0];
  const dot = known?.length ?? text.indexOf('.');
  if (dot <= 0 || dot === text.length - 1) return { schema: undefined, name: text };
  return { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}

/** The function that PostgREST did not find (PGRST202) or PostgreSQL did not (42883), with its arguments. */
export function routineSubject({ message, details, path }: Reported, schemas: readonly string[]): Subject | undefined {
  const text =
    /^Could not find the function (.+) in the schema cache$/s.exec(message)?.[1] ??
    /^function (.+) does not exist$/s.exec(message)?.[1];
  if (text === undefined) return undefined;
  const target = targetOf(path);
  const asked = target?.kind === 'routine' ? target.name : undefined;
  const [, signed, list] = /^(.+?)\((.*)\)$/s.exec(text) ?? [];
  const bare = / without parameters$/.test(text) ? text.replace(/ without parameters$/, '') : undefined;
  const { schema, name } = split(bare ?? signed ?? text, schemas);
  const isCalled = /^function /.test(message);
  // PostgREST qualifies what it calls, but for the function that db-pre-request names.
  if (isCalled && (schema === undefined || !mayBeCalled({ path, schema, name }, schemas))) {
    return { kind: 'inside', names: [name] };
  }
  const signature = signatureIn(list);
  const startsWithAsked = asked !== undefined && split(text, schemas).name.startsWith(asked);
  return {
    kind: 'routine',
    schema,
    name: startsWithAsked ? asked : name,
    argumentNames: bare === undefined ? namesIn(list) : [],
    bodyTypes: / single unnamed (\S+) parameter/.exec(textual(details))?.[1]?.split('/') ?? [],
    ...(signature !== undefined && { signature }),
  };
}

/** Whether PostgREST may have called the function: it calls that of the request, and computed relationships of its rows. */
function mayBeCalled(
  { path, schema, name }: { path: string; schema: string; name: string },
  schemas: readonly string[],
): boolean {
  const target = targetOf(path);
  if (target === undefined) return schemas.length === 0 || schemas.includes(schema);
  if (target.kind === 'relation') return false;
  return name === target.name || queryOf(path).get('select')?.includes(name) === true;
}

/** The arguments of `a => integer, b => text`, or none for an empty list; undefined where it names no types. */
export function signatureIn(list: string | undefined): Argument[] | undefined {
  if (list === undefined || list === '') return list === '' ? [] : undefined;
  const parts = list.split(/, (?=[^,]* => )/).map((argument) => argument.split(' => '));
  if (parts.some(({ length }) => length !== 2)) return undefined;
  return parts.map(([name = '', type = '']) => ({ name, type: type.replace(/^variadic /i, '') }));
}

/** `a, b` and `a => integer, b => text` name arguments; `integer, text` does not. */
function namesIn(list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined;
  const names = list.split(', ').map((argument) => argument.replace(/ => .*$/s, ''));
  return [...new Set(names.filter((name) => name !== ''))];
}
