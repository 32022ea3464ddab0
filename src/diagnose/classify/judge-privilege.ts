import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts, Privileges } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import type { Subject } from '../parse/subject.js';
import { unreachable } from './judge-connection.js';
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
  const here = known.filter(({ schema }) => schema === facts.schema);
  const lacking = (here.length > 0 ? here : known)
    .map((privileges) => ({ privileges, ...lackOf(reported, privileges) }))
    .filter(({ privileges, lost }) => privileges.lacksSchema || lost.length > 0);
  if (lacking[0] !== undefined) return missing(lacking[0], lacking);
  if (known.length > 0) {
    return {
      verdict: 'resolved',
      explanation: `Every role known to serve requests may do this to ${subject.objectType} ${shown(subject.name)} now.`,
      remedy: {
        action: 'Send the request again. If it is refused again, its token names another role: grant it the privilege.',
      },
    };
  }
  return {
    verdict: 'missing_grant',
    explanation: 'PostgreSQL refused the role of the request. On what, and to whom, could not be looked up.',
    remedy: { action: `Grant what the message says: ${clip(reported.message)}` },
  };
}

interface Lack {
  privileges: Privileges;
  /** What the role needs and lacks. */
  lost: string[];
  /** Whether that is more than the request needed, which does not say what it does. */
  isGuess: boolean;
}

function lackOf(reported: Reported, { objectType, name, lacks }: Privileges): Pick<Lack, 'lost' | 'isGuess'> {
  const needed = objectType === 'table' ? neededPrivileges(reported, name, lacks) : lacks;
  return { lost: needed ?? lacks, isGuess: needed === undefined && lacks.length > 1 };
}

function missing({ privileges, lost, isGuess }: Lack, lacking: Lack[]): Judgement {
  const role = quoteIdentifier(privileges.role);
  const others = [...new Set(lacking.map((lack) => quoteIdentifier(lack.privileges.role)))].filter((o) => o !== role);
  const also = others.length === 0 ? '' : ` So lack: ${others.join(', ')}; the error does not say which role it was.`;
  const usage = privileges.lacksSchema ? [`usage on schema ${qualify(privileges.schema)}`] : [];
  const object = objectOf(privileges);
  const together = lost.length > 0 ? [`${lost.join(', ')} on ${object}`] : [];
  const granted = isGuess ? lost.map((privilege) => `${privilege} on ${object}`) : together;
  return {
    verdict: 'missing_grant',
    explanation: `The role ${role} lacks ${[...usage, ...together].join(' and ')}.${also}`,
    remedy: {
      action: isGuess
        ? 'Run those lines of the SQL that the request needs. Its method and path may tell which; what a function does they do not tell.'
        : `Run the SQL, if ${role} is to be allowed this. No reload is needed.`,
      sql: [...usage, ...granted].map((want) => `grant ${want} to ${role};`).join('\n'),
    },
  };
}

function objectOf(found: Privileges): string {
  if (found.objectType === 'schema') return `schema ${qualify(found.schema)}`;
  const name = qualify(found.schema, found.name);
  return `${found.objectType} ${found.objectType === 'function' ? `${name}(${found.arguments})` : name}`;
}

function refusedByPolicy({ policies = [], failure }: Facts, { name }: Refused): Judgement {
  const names = policies.flatMap((policy) => (policy.name === null ? [] : [quoteIdentifier(policy.name)]));
  const which = failure !== undefined ? '' : names.length === 0 ? ' It has none.' : ` It has: ${names.join(', ')}.`;
  return {
    verdict: 'row_level_security',
    explanation: `No policy of ${shown(name)} lets the role of the request write this row.${which}`,
    remedy: {
      action: 'Look at the policies, or at the claims of the token that they read. No grant and no reload helps.',
    },
  };
}
