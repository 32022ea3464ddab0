import type pg from 'pg';
import { queryOn } from '../../catalog/query.js';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import { shown } from '../classify/words.js';
import type { Named, ObjectFacts, Reason } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { type Found, lookUpColumn } from './column.js';
import { lookUpOtherKinds } from './other-kinds.js';
import { lookUpRelationship } from './relationship.js';
import { isOfRows, lookUpResultColumn, ofRows } from './result.js';
import { lookUpRoutine } from './routine.js';

const relationsSql = readSql(import.meta.url, './relations.sql');
const relationNamesSql = readSql(import.meta.url, './relation_names.sql');

/** Looks `subject` up in `schema`. Throws what node-postgres throws. */
export async function lookUpObject(
  client: pg.ClientBase,
  schema: string,
  subject: Subject,
  exposed: readonly string[],
  named: Named,
): Promise<Found> {
  if (subject.kind === 'result_column') return lookUpResultColumn(client, subject, named);
  if (subject.kind === 'relationship' && isOfRows(subject.from, named)) return { subject, object: ofRows(named) };
  if (subject.kind === 'routine') return { subject, object: await lookUpRoutine(client, schema, subject) };
  const relation = await relationOf(client, schema, subject);
  return relation === undefined ? { subject } : lookUpIn(client, schema, subject, relation, exposed);
}

/** Looks for `relation`, and where it is there for what of it `subject` is. */
async function lookUpIn(
  client: pg.ClientBase,
  schema: string,
  subject: Subject,
  relation: string,
  exposed: readonly string[],
): Promise<Found> {
  const found = await lookUpRelation(client, schema, relation);
  const reason = found.exists ? undefined : await lookUpOtherKinds(queryOn(client), schema, relation, 'relation');
  // The rows of a function are called as the function is.
  if (subject.kind === 'column' && reason?.verdict === 'misspelt') return { subject: { kind: 'other' } };
  const object = reason === undefined ? found : { ...found, reason };
  if (subject.kind === 'relation' || !object.exists) {
    return { subject: { kind: 'relation', schema, name: relation }, object };
  }
  if (subject.kind === 'column') {
    const column = await lookUpColumn(client, schema, relation, subject.name);
    if (column.exists && !object.isServed) return { subject: { kind: 'relation', schema, name: relation }, object };
    return { subject: { ...subject, relation }, object: column };
  }
  if (subject.kind !== 'relationship') return { subject };
  const names = await client.query<{ name: string }>(relationNamesSql, [schema, subject.to]);
  const related = names.rows.map(({ name }) => name);
  return { subject, object: await lookUpRelationship(client, schema, subject, related, exposed) };
}

/** The name of the relation that has to be there; an embedded one is called `name_1` in PostgreSQL's errors. */
async function relationOf(client: pg.ClientBase, schema: string, subject: Subject): Promise<string | undefined> {
  if (subject.kind === 'relation') return subject.name;
  if (subject.kind === 'relationship') return subject.from;
  if (subject.kind !== 'column' || subject.relation === undefined) return undefined;
  const unaliased = subject.relation.replace(/_\d+$/, '');
  if (unaliased === subject.relation) return unaliased;
  const { rows } = await client.query<{ schema: string }>(relationsSql, [subject.relation]);
  return rows.some((row) => row.schema === schema) ? subject.relation : unaliased;
}

async function lookUpRelation(client: pg.ClientBase, schema: string, name: string): Promise<ObjectFacts> {
  const { rows } = await client.query<{ schema: string; served: boolean }>(relationsSql, [name]);
  const here = rows.find((row) => row.schema === schema);
  const elsewhere = rows.filter((row) => row.schema !== schema).map((row) => row.schema);
  const base = { exists: here !== undefined, elsewhere, isUncertain: false };
  if (here !== undefined) {
    const remark = 'It is a partition: PostgREST serves the partitioned table.';
    return { ...base, near: [], isSlip: false, isServed: here.served, ...(!here.served && { remark }) };
  }
  const qualified = await lookUpQualified(client, name);
  if (qualified !== undefined) return { ...base, near: [], isSlip: false, isServed: true, reason: qualified };
  const names = await client.query<{ name: string }>(relationNamesSql, [schema, name]);
  const near = nearest(
    name,
    names.rows.map((row) => row.name),
  );
  return { ...base, near, isSlip: near.some((other) => isSlip(name, other)), isServed: true };
}

/** Whether `name` is meant as `schema.name`, which a path does not take. */
async function lookUpQualified(client: pg.ClientBase, name: string): Promise<Reason | undefined> {
  const [, schema, bare] = /^(.+?)\.(.+)$/s.exec(name) ?? [];
  if (schema === undefined || bare === undefined) return undefined;
  const { rows } = await client.query<{ schema: string }>(relationsSql, [bare]);
  if (!rows.some((row) => row.schema === schema)) return undefined;
  return {
    verdict: 'misspelt',
    text: `${shown(schema, bare)} is there, but a path names no schemas.`,
    action: `Ask for /${bare} with Accept-Profile: ${schema} (Content-Profile where the request writes). Schema ${shown(schema)} has to be among db-schemas.`,
    suggestions: [bare],
  };
}
