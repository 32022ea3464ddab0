import type pg from 'pg';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import type { ObjectFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';

const relationshipsSql = readSql(import.meta.url, './relationships.sql');
const relationsSql = readSql(import.meta.url, './relations.sql');

type Relationship = Extract<Subject, { kind: 'relationship' }>;

interface Row {
  target: string;
  hint: string;
  columns: string[];
  isOwn: boolean;
}

/**
 * Looks for what `to` can stand for when it is embedded in the relation `from`: a relation at the other end of a foreign
 * key, the key's name, its only column, a computed relationship. `relationNames` are those close to `to`.
 */
export async function lookUpRelationship(
  client: pg.ClientBase,
  schema: string,
  { from, to, hint }: Relationship,
  relationNames: readonly string[],
): Promise<ObjectFacts> {
  const { rows } = await client.query<Row>(relationshipsSql, [schema, from, to]);
  const matching = rows.filter((row) => leadsTo(row, to) && (hint === undefined || isHinted(row, hint)));
  const exists = matching.length > 0;
  const views = exists ? [] : await viewsAmong(client, schema, [from, to]);
  const remark = `PostgREST derives the relationships of a view, such as ${views[0]}, from the tables under it, which was not done here.`;
  const hints = rows
    .filter(({ target }) => target === to)
    .map((row) => `${to}!${row.hint}`)
    .slice(0, 10);
  const isWronglyHinted = !exists && hint !== undefined && hints.length > 0;
  const names = exists ? [] : nearest(to, [...rows.map(({ target }) => target), ...relationNames]);
  return {
    exists,
    near: isWronglyHinted || matching.length > 1 ? hints : names,
    isSlip: isWronglyHinted || (!relationNames.includes(to) && names.some((name) => isSlip(to, name))),
    elsewhere: [],
    isServed: true,
    isUncertain: views.length > 0,
    ...(views.length > 0 && { remark }),
  };
}

function leadsTo(row: Row, to: string): boolean {
  return row.target === to || row.hint === to || (row.isOwn && row.columns.length === 1 && row.columns[0] === to);
}

function isHinted(row: Row, hint: string): boolean {
  return row.hint === hint || row.columns.includes(hint) || row.target === hint;
}

async function viewsAmong(client: pg.ClientBase, schema: string, names: string[]): Promise<string[]> {
  const views: string[] = [];
  for (const name of names) {
    const { rows } = await client.query<{ schema: string; isView: boolean }>(relationsSql, [name]);
    if (rows.some((row) => row.schema === schema && row.isView)) views.push(name);
  }
  return views;
}
