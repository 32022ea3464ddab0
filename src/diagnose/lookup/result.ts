import type pg from 'pg';
import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { qualify } from '../../model/identifier.js';
import type { Named, ObjectFacts, Reason } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { type Found, lookUpColumn } from './column.js';

type ResultColumn = Extract<Subject, { kind: 'result_column' }>;

const absent = { exists: false, near: [], isSlip: false, elsewhere: [], isServed: true, isUncertain: false };

/** Looks for a column in what a function returns: rows of a relation, rows with names of their own, or no columns. */
export async function lookUpResultColumn(
  client: pg.ClientBase,
  subject: ResultColumn,
  { relations, routines, resultColumns }: Named,
): Promise<Found> {
  const { alias, name } = subject;
  const returned = routines.map(({ returns }) => returns.type);
  const relation = relations.find((each) =>
    returned.some((type) => type.name === each.name && type.schema === each.schema),
  );
  if (relation !== undefined && (alias === undefined || alias === relation.name)) {
    const object = await lookUpColumn(client, relation.schema, relation.name, name);
    return { subject: { kind: 'column', schema: relation.schema, relation: relation.name, name }, object };
  }
  // Of other rows PostgREST's SQL says nothing: it is the function's own that does.
  if (alias !== undefined) return { subject: { kind: 'inside', names: [name] } };
  if (resultColumns === undefined) return { subject, object: ofRows({ relations, routines } as Named) };
  const near = nearest(name, resultColumns);
  const remark = `It returns ${resultColumns
    .slice(0, 20)
    .map((column) => qualify(column))
    .join(', ')}.`;
  return { subject, object: { ...absent, near, isSlip: near.some((other) => isSlip(name, other)), remark } };
}

/** Whether `name` is what PostgREST calls the rows of a function that returns no relation. */
export function isOfRows(name: string, { relations, routines }: Named): boolean {
  return routines.length > 0 && !relations.some((relation) => relation.name === name);
}

/** What is not served of a function that returns no relation. */
export function ofRows({ routines, resultColumns }: Named): ObjectFacts {
  const [routine] = routines;
  const name = routine === undefined ? 'The function' : qualify(routine.schema, routine.name);
  return { ...absent, reason: reasonOf(name, routine, resultColumns) };
}

function reasonOf(name: string, routine: Named['routines'][number] | undefined, columns: string[] | undefined): Reason {
  const verdict = 'not_served';
  if (columns !== undefined) {
    return {
      verdict,
      text: `${name} returns rows of its own (${columns.slice(0, 20).join(', ')}), not those of a relation: nothing can be embedded in them.`,
      action: `Let ${name} return rows of a relation (returns setof a table or view), which has relationships; or join within the function.`,
    };
  }
  if (routine?.returns.type.name === 'record') {
    return {
      verdict,
      text: `${name} returns rows without names of columns (record): nothing of them can be selected, filtered or embedded.`,
      action: `Name the columns: returns table (…), or setof a relation; then reload.`,
    };
  }
  const type = routine === undefined ? 'a scalar' : `a scalar, ${routine.returns.type.name}`;
  return {
    verdict,
    text: `${name} returns ${type}: it has no columns to select, filter or embed.`,
    action: `Leave select and filters away, or let ${name} return rows with columns (returns table (…), or setof a relation).`,
  };
}
