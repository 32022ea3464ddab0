import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import type { QualifiedName } from '../model/model.js';
import type { NamedKind } from './catalog.js';

const recentSql = readSql(import.meta.url, './recent.sql');

export interface Written extends QualifiedName {
  /** A relationship has the name of the table whose foreign key it is. */
  kind: NamedKind;
}

/**
 * Up to six relations, tables with a foreign key and functions of `schemas` that were written last, foreign keys after all
 * others. Throws what node-postgres throws.
 */
export async function findRecent(pool: pg.Pool, schemas: readonly string[]): Promise<Written[]> {
  return (await pool.query<Written>(recentSql, [schemas])).rows;
}
