import type pg from 'pg';
import { queryOn } from '../../catalog/query.js';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { readSql } from '../../lib/sql.js';
import { qualify } from '../../model/identifier.js';
import type { ObjectFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { lookUpOtherKinds } from './other-kinds.js';

const routinesSql = readSql(import.meta.url, './routines.sql');
const routineNamesSql = readSql(import.meta.url, './routine_names.sql');

type Routine = Extract<Subject, { kind: 'routine' }>;

interface Row {
  schema: string;
  arguments: string;
  argumentNames: (string | null)[];
  requiredCount: number;
  /** The type of its only parameter, where that has no name and PostgREST may give it the body. */
  bodyType: string | null;
}

/** Looks for a function that can be called as `routine` is: with these arguments by name, or with the body as its one. */
export async function lookUpRoutine(client: pg.ClientBase, schema: string, routine: Routine): Promise<ObjectFacts> {
  const { rows } = await client.query<Row>(routinesSql, [routine.name]);
  const here = rows.filter((row) => row.schema === schema);
  const byName = here.some((row) => takes(row, routine.argumentNames));
  const byBody = here.some(({ bodyType }) => bodyType !== null && routine.bodyTypes.includes(bodyType));
  const elsewhere = [...new Set(rows.filter((row) => row.schema !== schema).map((row) => row.schema))];
  const base = { elsewhere, isServed: true, isUncertain: false };
  if (byName) return { ...base, exists: true, near: [], isSlip: false };
  if (byBody) {
    const remark = 'It takes the body as its only argument: whether it is cached cannot be asked without calling it.';
    return { ...base, exists: true, near: [], isSlip: false, isUncertain: true, remark };
  }
  const reason = await lookUpOtherKinds(queryOn(client), schema, routine.name, 'function');
  if (reason !== undefined) {
    const isOther = reason.verdict === 'misspelt' || here.length === 0 || here.every(isUnnamed);
    if (isOther) return { ...base, exists: false, near: [], isSlip: false, reason };
  }
  if (here.length > 0) {
    const near = here.slice(0, 10).map((row) => `${qualify(schema, routine.name)}(${row.arguments})`);
    const remark = 'A function of this name is there, with other arguments.';
    return { ...base, exists: false, near, isSlip: true, remark };
  }
  const names = await client.query<{ name: string }>(routineNamesSql, [schema, routine.name]);
  const near = nearest(
    routine.name,
    names.rows.map(({ name }) => name),
  );
  return { ...base, exists: false, near, isSlip: near.some((other) => isSlip(routine.name, other)) };
}

function isUnnamed({ argumentNames, bodyType }: Row): boolean {
  return bodyType === null && argumentNames.some((name) => name === null || name === '');
}

/** As PostgREST matches: all that is required is given, and nothing else than what is taken. */
function takes({ argumentNames, requiredCount }: Row, given: readonly string[] | undefined): boolean {
  if (given === undefined) return argumentNames.length === 0;
  const named = argumentNames.filter((name): name is string => name !== null && name !== '');
  if (named.length !== argumentNames.length) return false;
  const required = named.slice(0, Math.max(requiredCount, 0));
  return required.every((name) => given.includes(name)) && given.every((name) => named.includes(name));
}
