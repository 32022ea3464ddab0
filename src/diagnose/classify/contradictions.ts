import { qualify } from '../../model/identifier.js';
import type { Routine } from '../../model/model.js';
import type { Facts } from '../facts.js';
import { isMadeUp } from '../parse/column-subject.js';
import type { Reported } from '../parse/reported.js';
import type { Argument } from '../parse/subject.js';
import { type Contradiction, isWhole, ofBefore } from './contradiction.js';
import { ofRelation } from './contradictions-relation.js';
import { typeIn } from './differences.js';
import { holds } from './mentions.js';
import { describeCall, describeRoutine, fits, isExactly, isSameType } from './signatures.js';

/** Reads off the error which cache made it; undefined where the catalog agrees with that. */
export function contradictionOf(reported: Reported, facts: Facts): Contradiction | undefined {
  const { request, subject } = facts;
  if (subject.kind === 'ambiguous_function') return candidates(facts, subject.signatures, subject.routine?.name ?? '');
  if (subject.kind === 'ambiguous_relationship') return constraints(facts);
  if (facts.toOne !== undefined) return toOne(facts.toOne);
  if (request.target === undefined) return undefined;
  return request.target.kind === 'routine' ? ofRoutine(reported, facts) : ofRelation(reported, facts);
}

function ofRoutine(reported: Reported, facts: Facts): Contradiction | undefined {
  const text =
    signature(reported, facts) ?? argument(reported, facts) ?? volatility(reported, facts) ?? result(reported, facts);
  return text === undefined ? undefined : { text, isOver: isWhole(facts) ? true : undefined };
}

/** It is called with arguments that the catalog's function does not take. */
function signature({ code }: Reported, { subject, named }: Facts): string | undefined {
  const routines = named?.routines ?? [];
  if (code !== '42883' || subject.kind !== 'routine' || subject.signature === undefined || routines.length === 0) {
    return undefined;
  }
  const given = subject.signature;
  // A call without VARIADIC never finds a variadic function: who knows it as one writes that.
  const isFound = (routine: Routine) => fits(routine, given) && !routine.parameters.some(({ variadic }) => variadic);
  if (routines.some(isFound)) return undefined;
  const called = describeCall(subject.name, given);
  return `PostgREST calls ${called}; PostgreSQL has ${routines.map(describeRoutine).join(', ')}: ${ofBefore}.`;
}

/** An argument is cast to a type that no parameter has. */
function argument({ code, message, path }: Reported, { named, code: texts = [] }: Facts): string | undefined {
  const routines = named?.routines ?? [];
  const [first] = routines;
  const gone = code === '42704' ? /^type "(.+)" does not exist$/s.exec(message)?.[1] : undefined;
  const type = gone ?? (/^22/.test(code) ? typeIn(message) : undefined);
  if (first === undefined || type === undefined) return undefined;
  const parameters = routines.flatMap((routine) => routine.parameters);
  if (parameters.some((one) => isSameType(one.type.replace(/\[\]$/, ''), type.replace(/\[\]$/, '')))) return undefined;
  const names = [type.split('.').at(-1) ?? type, ...(aliases[type] ?? [])];
  const isInText = texts.some((item) => names.some((name) => holds(item, name)));
  const value = /: "(.+)"$/s.exec(message)?.[1];
  const isGiven = value !== undefined && [...new URLSearchParams(path.split('?')[1]).values()].includes(value);
  if ((parameters.length === 0 || isInText) && !isGiven) return undefined;
  return `PostgREST casts an argument to ${type}, and no parameter of ${describeRoutine(first)} has this type: ${ofBefore}.`;
}

const aliases: Record<string, string[]> = {
  integer: ['int', 'int4'],
  bigint: ['int8'],
  smallint: ['int2'],
  numeric: ['decimal'],
  boolean: ['bool'],
  'double precision': ['float', 'float8'],
  real: ['float4'],
  'timestamp with time zone': ['timestamptz'],
  'timestamp without time zone': ['timestamp'],
};

/** A column of its result is not found, which the catalog's function returns. */
function result({ code, message }: Reported, { named, request }: Facts): string | undefined {
  const [, alias, column] = /^column (.+)\.(.+) does not exist$/s.exec(message) ?? [];
  const [routine] = named?.routines ?? [];
  if (code !== '42703' || routine === undefined || named === undefined || column === undefined) return undefined;
  const { type } = routine.returns;
  const relation = named.relations.find(({ schema, name }) => schema === type.schema && name === type.name);
  const isOfResult = alias === request.target?.name || alias === relation?.name || isMadeUp(alias ?? '');
  const isThere = relation?.columns.has(column) ?? named.resultColumns?.includes(column) ?? false;
  if (!isOfResult || !isThere) return undefined;
  return `PostgREST does not find ${qualify(column)} in what ${describeRoutine(routine)} returns, and PostgreSQL has it there: ${ofBefore}.`;
}

/** It runs read-only, though the catalog has it as volatile. */
function volatility({ code, method }: Reported, { named, surroundings }: Facts): string | undefined {
  const routines = named?.routines ?? [];
  const [first] = routines;
  const isReadOnly =
    surroundings?.isStandby === true ||
    surroundings?.settings.some(({ name }) => name === 'default_transaction_read_only') === true;
  if (code !== '25006' || first === undefined || isReadOnly || /^(GET|HEAD|)$/.test(method)) return undefined;
  if (routines.some((routine) => routine.volatility !== 'volatile')) return undefined;
  return `PostgREST runs ${describeRoutine(first)} in a read-only transaction, and PostgreSQL has it as volatile: ${ofBefore}, stable or immutable.`;
}

function candidates(facts: Facts, signatures: readonly Argument[][], name: string): Contradiction | undefined {
  const { named, request, schema } = facts;
  if (named === undefined || request.target?.kind !== 'routine') return undefined;
  const gone = signatures.filter((one) => !named.routines.some((routine) => isExactly(routine, one)));
  if (gone.length === 0) return undefined;
  const list = gone.map((one) => describeCall(qualify(schema, name), one)).join(', ');
  return {
    text: `PostgreSQL does not have ${list} any more, between which and others PostgREST could not choose.`,
    isOver: isChosen(facts),
  };
}

function constraints(facts: Facts): Contradiction | undefined {
  const { goneConstraints = [] } = facts;
  if (goneConstraints.length === 0) return undefined;
  const list = goneConstraints.map((name) => qualify(name)).join(', ');
  return {
    text: `PostgreSQL does not have the foreign key ${list} any more, which PostgREST could not choose from others. If it was renamed, and more than one is left after the reload, the request has to name one: the error lists them.`,
    isOver: isChosen(facts),
  };
}

function toOne({ from, to, keys }: NonNullable<Facts['toOne']>): Contradiction | undefined {
  if (keys.length === 0) return undefined;
  const text = `PostgREST knows ${qualify(to)} as having several rows for each of ${qualify(from)}, and in PostgreSQL it has one at most, by ${keys.map((key) => qualify(key)).join(', ')}: ${ofBefore}.`;
  return { text, isOver: undefined };
}

/** Whether every instance finds one where the error found several. */
function isChosen({ instances }: Facts): boolean | undefined {
  const states = instances.map(({ cache }) => cache?.state);
  if (states.length === 0 || states.some((state) => state === undefined || state === 'unknown')) return undefined;
  return states.every((state) => state === 'cached');
}
