import type { Query } from '../../catalog/query.js';
import { readSql } from '../../lib/sql.js';

const foreignKeysSql = readSql(import.meta.url, '../../catalog/foreign_keys.sql');

/** A foreign key: relations are OIDs, columns have numbers and names, in the key's order. */
export interface ForeignKey {
  name: string;
  relation: number;
  schema: string;
  table: string;
  numbers: number[];
  columns: string[];
  targetRelation: number;
  targetSchema: string;
  targetTable: string;
  targetNumbers: number[];
  targetColumns: string[];
}

/** Reads those of all tables. */
export function readForeignKeys(query: Query): Promise<ForeignKey[]> {
  return query<ForeignKey>(foreignKeysSql, null);
}
