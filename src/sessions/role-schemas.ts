import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import { schemasIn } from '../model/schema-list.js';

const roleSchemasSql = readSql(import.meta.url, './role_schemas.sql');

/**
 * What a PostgREST exposes that connects as one of `roles`, where its role's settings say so: a list of schemas for each
 * that do. Throws what node-postgres throws.
 */
export async function schemasOfRoles(pool: pg.Pool, roles: readonly string[]): Promise<string[][]> {
  const { rows } = await pool.query<{ list: string }>(roleSchemasSql, [roles]);
  return rows.map(({ list }) => schemasIn(list)).filter(([first]) => first !== '');
}
