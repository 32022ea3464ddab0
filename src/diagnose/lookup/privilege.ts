import type pg from 'pg';
import { readSql } from '../../lib/sql.js';
import { holds } from '../classify/mentions.js';
import type { Code, Facts, Policy, Privileges, Surroundings } from '../facts.js';
import type { Request } from '../parse/request.js';
import type { Subject } from '../parse/subject.js';

const callersSql = readSql(import.meta.url, './callers.sql');
const relationsSql = readSql(import.meta.url, './relation_privileges.sql');
const functionsSql = readSql(import.meta.url, './routine_privileges.sql');
const schemasSql = readSql(import.meta.url, './schema_privileges.sql');
const sequencesSql = readSql(import.meta.url, './sequences.sql');
const policiesSql = readSql(import.meta.url, './policies.sql');
const roleSql = readSql(import.meta.url, './role.sql');

const maxNames = 200;

export interface PrivilegesAsked {
  subject: Subject;
  surroundings: Surroundings;
  /** Of anonymous callers. */
  role: string;
  schema: string;
  request: Request;
  code: readonly Code[];
}

/** The role of anonymous callers: as PostgREST's settings in the database say, else `configured`. */
export function anonymousRole({ settings }: Surroundings, configured: string | undefined): string {
  return settings.findLast(({ name }) => name === 'pgrst.db_anon_role')?.value ?? configured ?? 'anon';
}

/** What the roles that requests run as may not do, where `subject` is about that. Throws what node-postgres throws. */
export async function lookUpPrivileges(
  client: pg.ClientBase,
  asked: PrivilegesAsked,
): Promise<Pick<Facts, 'privileges' | 'alsoNeeded' | 'policies' | 'role'>> {
  const { subject, surroundings, role, code } = asked;
  const loginRoles = surroundings.logins.map((login) => login.role);
  if (subject.kind === 'role') {
    const { rows } = await client.query<NonNullable<Facts['role']>>(roleSql, [subject.name, loginRoles]);
    return rows[0] === undefined ? {} : { role: rows[0] };
  }
  if (subject.kind !== 'privilege') return {};
  if (subject.policy) {
    const { rows } = await client.query<Policy>(policiesSql, [subject.name]);
    return { policies: rows };
  }
  const callers = await client.query<{ name: string }>(callersSql, [[role], loginRoles]);
  // A view, or a function with security definer, reads as its owner.
  const owners = code.flatMap((item) => (item.runsAs !== null && holds(item, subject.name) ? [item.runsAs] : []));
  const names = [...new Set([...callers.rows.map(({ name }) => name), ...owners])];
  const rows = await read(client, subject.objectType, [subject.name], names);
  const alsoNeeded = await lookUpNeeded(client, asked, names);
  return { privileges: rows.filter(({ objectType }) => objectType === subject.objectType), alsoNeeded };
}

async function read(
  client: pg.ClientBase,
  objectType: string,
  names: readonly string[],
  roles: readonly string[],
): Promise<Privileges[]> {
  const sql = { table: relationsSql, sequence: relationsSql, function: functionsSql, schema: schemasSql }[objectType];
  return sql === undefined ? [] : (await client.query<Privileges>(sql, [names, roles])).rows;
}

/** What the request needs beside what it was refused: PostgreSQL tells of one thing at a time. */
async function lookUpNeeded(
  client: pg.ClientBase,
  { subject, schema, request, code }: PrivilegesAsked,
  roles: readonly string[],
): Promise<Privileges[]> {
  const { target, embeds } = request;
  const needed: Privileges[] = [];
  const isHere = (found: Privileges) => found.schema === schema;
  if (target?.kind === 'routine') needed.push(...(await read(client, 'function', [target.name], roles)).filter(isHere));
  if (target?.kind === 'relation') {
    const names = [target.name, ...embeds.map(({ name }) => name)];
    const relations = (await read(client, 'table', names, roles)).filter(isHere);
    needed.push(...relations.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name)));
    if (/^(POST|PUT)$/.test(request.method)) {
      needed.push(...(await client.query<Privileges>(sequencesSql, [schema, target.name, roles])).rows);
    }
  }
  if (subject.kind !== 'privilege' || subject.objectType !== 'schema' || subject.name === schema) return needed;
  // What code reads in a schema that it may not use.
  const texts = code.filter((item) => holds(item, subject.name)).map(({ text }) => text ?? '');
  const words = [...new Set(texts.flatMap((text) => text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []))].slice(0, maxNames);
  const tables = await read(client, 'table', words, roles);
  const inside = [
    ...tables.filter(({ objectType }) => objectType === 'table'),
    ...(await read(client, 'function', words, roles)),
  ];
  return [...needed, ...inside.filter((found) => found.schema === subject.name)];
}
