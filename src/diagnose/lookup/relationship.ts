import type pg from 'pg';
import { type Query, queryOn } from '../../catalog/query.js';
import { type ForeignKeyRow, readForeignKeys } from '../../catalog/read-relationships.js';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import { shown } from '../classify/words.js';
import type { ObjectFacts, Reason } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { explainTables } from './unrelated-tables.js';
import { type End, followEnds } from './unrelated-views.js';

const relationshipsSql = readSql(import.meta.url, './relationships.sql');
const endSql = readSql(import.meta.url, './end.sql');

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
  exposed: readonly string[],
): Promise<ObjectFacts> {
  const { rows } = await client.query<Row>(relationshipsSql, [schema, from, to]);
  const matching = rows.filter((row) => leadsTo(row, to) && (hint === undefined || isHinted(row, hint)));
  const exists = matching.length > 0;
  const joined = exists ? undefined : await explain(client, schema, from, to, hint, exposed);
  const hints = rows
    .filter(({ target }) => target === to)
    .map((row) => `${to}!${row.hint}`)
    .slice(0, 10);
  const isWronglyHinted = !exists && hint !== undefined && hints.length > 0;
  const keys = rows.flatMap(({ isOwn, columns }) => (isOwn && columns.length === 1 ? columns : []));
  // Who embeds author mostly means the key author_id.
  const meant = keys.filter((key) => key.startsWith(`${to}_`) || key === `${to}Id`);
  const close = nearest(to, [...rows.map(({ target }) => target), ...relationNames]);
  const names = exists ? [] : [...new Set([...meant, ...close])];
  const isThere = exists || joined === 'there';
  return {
    exists: isThere,
    near: isWronglyHinted || matching.length > 1 ? hints : names,
    isSlip:
      isWronglyHinted ||
      (!relationNames.includes(to) && names.some((name) => isSlip(to, name) || meant.includes(name))),
    elsewhere: [],
    isServed: true,
    isUncertain: false,
    ...(joined !== undefined && joined !== 'there' && !isWronglyHinted && { reason: joined }),
  };
}

/** Why nothing joins the two, or that something does through views. */
async function explain(
  client: pg.ClientBase,
  schema: string,
  from: string,
  to: string,
  hint: string | undefined,
  exposed: readonly string[],
): Promise<Reason | 'there' | undefined> {
  const query = queryOn(client);
  const [one] = await query<End>(endSql, schema, from);
  const [named] = await query<End>(endSql, schema, to);
  const other = named ?? (await behindKey(query, schema, from, to));
  if (one !== undefined && other !== undefined) {
    const viaViews = await followEnds(query, one, other, [...exposed, 'public']);
    if (viaViews?.isThere === true) return isAmong(hint, viaViews.hints) ? 'there' : wronglyHinted(to, viaViews.hints);
    if (viaViews !== undefined) return viaViews.reason;
  }
  return explainTables(query, schema, from, other?.name ?? to, exposed);
}

function isAmong(hint: string | undefined, hints: readonly string[]): boolean {
  return hint === undefined || hints.includes(hint);
}

function wronglyHinted(to: string, hints: readonly string[]): Reason {
  return {
    verdict: 'misspelt',
    text: `A relationship to ${shown(to)} is there, with another hint.`,
    action: 'Use one of the suggestions, or no hint.',
    suggestions: [...new Set(hints)].map((hint) => `${to}!${hint}`).slice(0, 10),
  };
}

/** What is at the other end of a foreign key that `to` names, or its only column. */
async function behindKey(query: Query, schema: string, from: string, to: string): Promise<End | undefined> {
  const keys = await readForeignKeys(query);
  const isNamed = ({ name, columns }: ForeignKeyRow) => name === to || (columns.length === 1 && columns[0] === to);
  const named = keys.filter(isNamed);
  const own = named.find((key) => key.schema === schema && key.table === from) ?? named.find(({ name }) => name === to);
  return own && { id: own.targetRelation, schema: own.targetSchema, name: own.targetTable };
}

function leadsTo(row: Row, to: string): boolean {
  return row.target === to || row.hint === to || (row.isOwn && row.columns.length === 1 && row.columns[0] === to);
}

function isHinted(row: Row, hint: string): boolean {
  return row.hint === hint || row.columns.includes(hint) || row.target === hint;
}
