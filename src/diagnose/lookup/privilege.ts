import type pg from 'pg';
import { readSql } from '../../lib/sql.js';
import type { Facts, Privileges, Surroundings } from '../facts.js';
import type { Subject } from '../parse/subject.js';

const callersSql = readSql(import.meta.url, './callers.sql');
const privilegesSql = {
  table: readSql(import.meta.url, './relation_privileges.sql'),
  sequence: readSql(import.meta.url, './relation_privileges.sql'),
  function: readSql(import.meta.url, './routine_privileges.sql'),
  schema: readSql(import.meta.url, './schema_privileges.sql'),
};
const policiesSql = readSql(import.meta.url, './policies.sql');
const roleSql = readSql(import.meta.url, './role.sql');

/** What the roles that requests run as may not do, where `subject` is about that. Throws what node-postgres throws. */
export async function lookUpPrivileges(
  client: pg.ClientBase,
  subject: Subject,
  { settings, logins }: Surroundings,
  anonRole: string | undefined,
): Promise<Pick<Facts, 'privileges' | 'policies' | 'role'>> {
  const loginRoles = logins.map(({ role }) => role);
  if (subject.kind === 'role') {
    const { rows } = await client.query<NonNullable<Facts['role']>>(roleSql, [subject.name, loginRoles]);
    return rows[0] === undefined ? {} : { role: rows[0] };
  }
  if (subject.kind !== 'privilege') return {};
  if (subject.policy) {
    const { rows } = await client.query<{ schema: string; name: string | null }>(policiesSql, [subject.name]);
    return { policies: rows };
  }
  const sql = privilegesSql[subject.objectType as keyof typeof privilegesSql];
  if (sql === undefined) return {};
  const configured = settings.find(({ name }) => name === 'pgrst.db_anon_role')?.value;
  const anonymous = [configured ?? anonRole ?? 'anon'];
  const callers = await client.query<{ name: string }>(callersSql, [anonymous, loginRoles]);
  const names = callers.rows.map(({ name }) => name);
  const { rows } = await client.query<Privileges>(sql, [subject.name, names]);
  return { privileges: rows.filter(({ objectType }) => objectType === subject.objectType) };
}
