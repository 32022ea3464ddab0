import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts, Privileges } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import type { Subject } from '../parse/subject.js';
import { judgeBeyond } from './judge-beyond.js';
import { unreachable } from './judge-connection.js';
import { judgeInside } from './judge-inside.js';
import { holdersOf, holds, labelOf } from './mentions.js';
import { neededPrivileges } from './needed-privileges.js';
import { clip, shown } from './words.js';

type Refused = Extract<Subject, { kind: 'privilege' }>;

/** PostgreSQL refused the role that the request ran as (42501). */
export function judgePrivilege(reported: Reported, facts: Facts, subject: Refused): Judgement {
  if (subject.policy) return refusedByPolicy(facts, subject);
  if (facts.failure !== undefined) {
    return {
      ...unreachable(facts.failure),
      verdict: 'missing_grant',
      explanation: `The role of the request lacks a privilege on ${subject.objectType} ${shown(subject.name)}. Which one cannot be told without PostgreSQL. ${facts.failure}`,
    };
  }
  const known = facts.privileges ?? [];
  const beyond = judgeBeyond(facts, subject);
  if (beyond !== undefined) return beyond;
  const lacking = lackingOf(reported, facts, subject);
  const [first] = lacking;
  if (first !== undefined) return missing(reported, facts, first, lacking);
  if (known.length > 0) {
    return {
      verdict: 'resolved',
      explanation: `Every role known to serve requests may do this to ${subject.objectType} ${shown(subject.name)} now.`,
      remedy: {
        action: 'Send the request again. If it is refused again, its token names another role: grant it the privilege.',
      },
    };
  }
  const holder = holdersOf(facts, quotedNames(subject)).find(({ kind }) => kind !== 'default');
  if (subject.name === '' && (facts.code ?? []).some(({ kind }) => kind !== 'default')) {
    return judgeInside(reported, facts, []);
  }
  return {
    verdict: 'missing_grant',
    explanation: `PostgreSQL refused the role of the request${holder === undefined ? '' : ` in ${labelOf(holder)}`}. On what, and to whom, could not be looked up.`,
    remedy: { action: `Grant what the message says: ${clip(reported.message)}` },
  };
}

function quotedNames({ name }: Refused): string[] {
  return name === '' ? [] : [name];
}

interface Lack {
  privileges: Privileges;
  /** What the role needs and lacks. */
  lost: string[];
  /** Whether that is more than the request needed, which does not say what it does. */
  isGuess: boolean;
}

/** Who lacks what of what was refused: the owner of the code that reads it, where that runs as its owner, else callers. */
function lackingOf(reported: Reported, facts: Facts, subject: Refused): Lack[] {
  const lacking = (facts.privileges ?? [])
    .map((privileges) => ({ privileges, ...lackOf(reported, facts, privileges) }))
    .filter(({ privileges, lost }) => privileges.lacksSchema || lost.length > 0);
  const owners = ownersOf(facts, subject);
  const asOwner = lacking.filter(({ privileges }) => owners.includes(privileges.role));
  if (asOwner.length > 0) return asOwner;
  const callers = lacking.filter(({ privileges }) => !owners.includes(privileges.role));
  const here = callers.filter(({ privileges }) => privileges.schema === facts.schema);
  return here.length > 0 ? here : callers;
}

/** The roles that the code runs as which names what was refused. */
function ownersOf({ code = [], request }: Facts, { name }: Refused): string[] {
  if (request.target?.name === name) return [];
  const named = code.filter((item) => holds(item, name) && item.kind !== 'default' && item.kind !== 'check');
  return named.flatMap(({ runsAs }) => (runsAs === null ? [] : [runsAs]));
}

function lackOf(reported: Reported, { code = [] }: Facts, found: Privileges): Pick<Lack, 'lost' | 'isGuess'> {
  const needed = found.objectType === 'table' ? neededPrivileges(reported, found, code) : found.lacks;
  return { lost: needed ?? found.lacks, isGuess: needed === undefined && found.lacks.length > 1 };
}

function missing(reported: Reported, facts: Facts, first: Lack, lacking: Lack[]): Judgement {
  const { privileges } = first;
  const role = quoteIdentifier(privileges.role);
  const others = [...new Set(lacking.map((lack) => quoteIdentifier(lack.privileges.role)))].filter((o) => o !== role);
  const also = others.length === 0 ? '' : ` So lack: ${others.join(', ')}; the error does not say which role it was.`;
  const further = (facts.alsoNeeded ?? [])
    .filter((needed) => needed.role === privileges.role && !isSameObject(needed, privileges))
    .map((needed): Lack => ({ privileges: needed, ...lackOf(reported, facts, needed) }));
  const all = [first, ...further];
  const usage = [
    ...new Set(all.filter(lacksUsage).map((lack) => `usage on schema ${qualify(lack.privileges.schema)}`)),
  ];
  const grants = all.flatMap(({ lost, privileges: of, isGuess }) =>
    of.objectType === 'schema' ? [] : grantsOf(lost, objectOf(of), isGuess),
  );
  const together = all.flatMap(({ lost, privileges: of }) =>
    lost.length > 0 && of.objectType !== 'schema' ? [`${lost.join(', ')} on ${objectOf(of)}`] : [],
  );
  const isGuess = all.some((lack) => lack.isGuess);
  const named = [...new Set([...usage, ...together])];
  return {
    verdict: 'missing_grant',
    explanation: `The role ${role}${asOwner(facts, first)} lacks ${named.join(' and ')}.${also}${ofColumns(first)}${within(facts, privileges)}`,
    remedy: {
      action: isGuess
        ? 'Run those lines of the SQL that the request needs. Its method and path may tell which; what a function does they do not tell.'
        : `Run the SQL, if ${role} is to be allowed this. No reload is needed.${forRows(reported, first)}`,
      sql: [...new Set([...usage, ...grants])].map((want) => `grant ${want} to ${role};`).join('\n'),
    },
  };
}

/** Headers, which say whether rows are wanted back or merged, do not come with the error. */
function forRows({ method }: Reported, { privileges, lost }: Lack): string {
  const isRead = privileges.objectType !== 'table' || !privileges.lacks.includes('select') || lost.includes('select');
  if (method !== 'POST' || isRead) return '';
  return ' With Prefer: return=representation it needs select as well, to merge duplicates select and update.';
}

function lacksUsage({ privileges, lost }: Lack): boolean {
  return privileges.lacksSchema || (privileges.objectType === 'schema' && lost.length > 0);
}

function grantsOf(lost: readonly string[], object: string, isGuess: boolean): string[] {
  if (lost.length === 0) return [];
  return isGuess ? lost.map((privilege) => `${privilege} on ${object}`) : [`${lost.join(', ')} on ${object}`];
}

function isSameObject(one: Privileges, other: Privileges): boolean {
  return one.objectType === other.objectType && objectOf(one) === objectOf(other);
}

function ofColumns({ privileges: { columns = [] }, lost }: Lack): string {
  if (columns?.length === 0 || columns === null || !lost.includes('select')) return '';
  return ` It may read the columns ${clip(columns.map((column) => quoteIdentifier(column)).join(', '))}: a request that selects only these needs no grant.`;
}

/** Whose privileges count, where it is not the caller's. */
function asOwner(facts: Facts, { privileges }: Lack): string {
  const item = (facts.code ?? []).find(({ runsAs }) => runsAs === privileges.role);
  const isOwner = facts.privileges?.some(({ role }) => role === privileges.role) === true && item !== undefined;
  return isOwner && holds(item, privileges.name) ? `, as which ${labelOf(item)} runs,` : '';
}

/** The code that reads what was refused, where the request does not name that. */
function within(facts: Facts, { name }: Privileges): string {
  const { target, embeds } = facts.request;
  if (target === undefined || target.name === name || name === facts.schema || embeds.some((one) => one.name === name))
    return '';
  const holder = (facts.code ?? []).find((item) => item.kind !== 'default' && holds(item, name));
  return holder === undefined ? '' : ` It is used by ${labelOf(holder)}, which the request runs.`;
}

function objectOf(found: Privileges): string {
  if (found.objectType === 'schema') return `schema ${qualify(found.schema)}`;
  const name = qualify(found.schema, found.name);
  return `${found.objectType} ${found.objectType === 'function' ? `${name}(${found.arguments})` : name}`;
}

function refusedByPolicy({ policies = [], failure, code = [], request }: Facts, { name }: Refused): Judgement {
  const names = policies.flatMap((policy) =>
    policy.name === null ? [] : [`${quoteIdentifier(policy.name)} (for ${policy.command}, to ${policy.roles})`],
  );
  const which = failure !== undefined ? '' : names.length === 0 ? ' It has none.' : ` It has: ${names.join(', ')}.`;
  const isAsked = request.target === undefined || request.target.name === name;
  const holder = isAsked ? undefined : code.find((item) => item.kind !== 'default' && holds(item, name));
  const writer = holder === undefined ? '' : ` It is written by ${labelOf(holder)}, which the request runs.`;
  return {
    verdict: 'row_level_security',
    explanation: `No policy of ${shown(name)} lets the role of the request write this row.${which}${writer}`,
    remedy: {
      action: `Look at the policies, or at the claims of the token that they read${holder === undefined ? '' : '; or let the function be security definer'}. A request that wants its rows back, or merges duplicates, needs a policy for select too. No grant and no reload helps.`,
    },
  };
}
