import { quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { unreachable } from './judge-connection.js';
import { shown } from './words.js';

type Role = Extract<Subject, { kind: 'role' }>;

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
