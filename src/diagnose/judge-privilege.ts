import { qualify, quoteIdentifier } from '../model/identifier.js';
import type { Judgement } from './diagnosis.js';
import type { Facts, Privileges } from './facts.js';
import { unreachable } from './judge-connection.js';
import { neededPrivileges } from './needed-privileges.js';
import type { Reported } from './reported.js';
import type { Subject } from './subject.js';
import { clip, shown } from './words.js';

type Refused = Extract<Subject, { kind: 'privilege' }>;
type Role = Extract<Subject, { kind: 'role' }>;

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
  const needed = neededPrivileges(reported, subject.name);
  const lacking = (here.length > 0 ? here : known).filter(
    (found) => found.lacksSchema || lacks(found, needed).length > 0,
  );
  const [first] = lacking;
  if (first !== undefined) return missing(first, lacking, needed);
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

function missing(first: Privileges, lacking: Privileges[], needed: readonly string[]): Judgement {
  const others = [...new Set(lacking.map(({ role }) => role))].filter((role) => role !== first.role);
  const also =
    others.length === 0
      ? ''
      : ` So lack: ${others.map(quoteIdentifier).join(', ')}; the error does not say which role it was.`;
  const lost = lacks(first, needed);
  const wants = [
    ...(first.lacksSchema ? [`usage on schema ${shown(first.schema)}`] : []),
    ...(lost.length > 0 ? [`${lost.join(', ')} on ${objectOf(first)}`] : []),
  ];
  return {
    verdict: 'missing_grant',
    explanation: `The role ${quoteIdentifier(first.role)} lacks ${wants.join(' and ')}.${also}`,
    remedy: {
      action: `Run the SQL, if ${quoteIdentifier(first.role)} is to be allowed this. No reload is needed.`,
      sql: wants.map((want) => `grant ${want} to ${quoteIdentifier(first.role)};`).join('\n'),
    },
  };
}

function lacks(found: Privileges, needed: readonly string[]): string[] {
  return found.objectType === 'table' ? found.lacks.filter((privilege) => needed.includes(privilege)) : found.lacks;
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

/** The role that a request was to run as is not there, or PostgREST may not change to it. */
export function judgeRole({ failure, role, surroundings }: Facts, { name, mayBeSet }: Role): Judgement {
  const logins = role?.loginsWithout ?? [];
  if (failure !== undefined && mayBeSet) return unreachable(failure);
  if (role !== undefined && !role.exists) {
    return {
      verdict: 'not_in_database',
      explanation: `This database has no role ${shown(name)}, which the token of the request or db-anon-role names.`,
      remedy: { action: 'Create the role and grant it to the role that PostgREST logs in as, or correct the token.' },
    };
  }
  if (role !== undefined && logins.length === 0 && (surroundings?.logins.length ?? 0) > 0) {
    return {
      verdict: 'resolved',
      explanation: `The role ${shown(name)} is there, and PostgREST may change to it now.`,
      remedy: { action: 'None. Send the request again.' },
    };
  }
  return {
    verdict: 'missing_grant',
    explanation: `The role that PostgREST logs in as, ${logins.map(quoteIdentifier).join(', ') || 'which is not known here'}, is not a member of ${shown(name)}.`,
    remedy: {
      action: `Make it a member of ${shown(name)}.`,
      ...(logins.length > 0 && {
        sql: logins.map((login) => `grant ${quoteIdentifier(name)} to ${quoteIdentifier(login)};`).join('\n'),
      }),
    },
  };
}
