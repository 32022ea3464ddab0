import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import { schemasIn } from '../model/schema-list.js';
import { findListeners } from './listeners.js';

const roleSchemasSql = readSql(import.meta.url, './role_schemas.sql');

/**
 * What a PostgREST exposes that connects as one of `roles`, where its role's settings say so: a list of schemas for each
 * that do. Throws what node-postgres throws.
 */
export async function schemasOfRoles(pool: pg.Pool, roles: readonly string[]): Promise<string[][]> {
  const { rows } = await pool.query<{ list: string }>(roleSchemasSql, [roles]);
  return rows.map(({ list }) => schemasIn(list)).filter(([first]) => first !== '');
}

/**
 * What every PostgREST exposes that listens on `channel`, as the settings of its role say; undefined where nobody is seen to
 * listen, or the settings of some say nothing, or something else. Throws what node-postgres throws.
 */
export async function schemasOfListeners(pool: pg.Pool, channel: string): Promise<string[] | undefined> {
  const { listening, complete } = await findListeners(pool, channel);
  const roles = [...new Set(listening.map(({ role }) => role))];
  const lists = await schemasOfRoles(pool, roles);
  const [first] = lists;
  const isCertain = complete && lists.length === roles.length && lists.every((list) => list.join() === first?.join());
  return isCertain ? first : undefined;
}
