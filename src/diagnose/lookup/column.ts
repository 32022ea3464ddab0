import type pg from 'pg';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import { qualify } from '../../model/identifier.js';
import type { ObjectFacts, Reason } from '../facts.js';
import type { Subject } from '../parse/subject.js';

const columnsSql = readSql(import.meta.url, './columns.sql');
const elsewhereSql = readSql(import.meta.url, './column_elsewhere.sql');

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
  const base = { elsewhere: [], isServed: true, isUncertain: false };
  if (names.includes(name)) return { ...base, exists: true, near: [], isSlip: false };
  const near = nearest(name, names);
  const others = await client.query<Elsewhere>(elsewhereSql, [schema, relation, name]);
  const [other] = others.rows;
  if (other !== undefined) {
    return { ...base, exists: false, near, isSlip: false, reason: reasonOf(schema, relation, name, other) };
  }
  return { ...base, exists: false, near, isSlip: near.some((one) => isSlip(name, one)) };
}

interface Elsewhere {
  kind: 'relation' | 'function';
  schema: string;
  name: string;
}

function reasonOf(schema: string, relation: string, name: string, other: Elsewhere): Reason {
  const [view, column, whole] = [qualify(schema, relation), qualify(name), qualify(other.schema, other.name)];
  if (other.kind === 'relation') {
    return {
      verdict: 'not_in_database',
      text: `${whole} has a column ${column}, and the view ${view} does not show it: the columns of a view are those of when it was created, also with select *.`,
      action: `Create the view anew with the column (create or replace view ${view} as …, new columns last), then reload.`,
    };
  }
  return {
    verdict: 'not_served',
    text: `${column} of ${view} is computed by the function ${whole}: it can be selected, filtered and ordered by where the search path of the request has it, and never be written.`,
    action: `Leave it out of what is written.${other.schema === schema ? '' : ` To read it, move its function to schema ${qualify(schema)}, or add ${qualify(other.schema)} to db-extra-search-path (PGRST_DB_EXTRA_SEARCH_PATH).`}`,
  };
}
