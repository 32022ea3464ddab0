import type pg from 'pg';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import type { ObjectFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';

const columnsSql = readSql(import.meta.url, './columns.sql');

/** What an error may be about that the catalog has or has not, and what the catalog says of it. */
export interface Found {
  /** As asked, or the relation where already that is missing. */
  subject: Subject;
  object?: ObjectFacts;
}

/** Looks for the column `name` of a relation that is there. */
export async function lookUpColumn(
  client: pg.ClientBase,
  schema: string,
  relation: string,
  name: string,
): Promise<ObjectFacts> {
  const { rows } = await client.query<{ name: string }>(columnsSql, [schema, relation]);
  const names = rows.map((row) => row.name);
  const exists = names.includes(name);
  const near = exists ? [] : nearest(name, names);
  const isMisspelt = near.some((other) => isSlip(name, other));
  return { exists, near, isSlip: isMisspelt, elsewhere: [], isServed: true, isUncertain: false };
}
