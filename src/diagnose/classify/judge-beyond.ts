import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Code, Facts } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { holds, labelOf } from './mentions.js';

type Refused = Extract<Subject, { kind: 'privilege' }>;

/** Code of the database does more than any request can: it creates something in a schema, or refreshes a materialized view. */
export function judgeBeyond({ code = [], privileges = [] }: Facts, subject: Refused): Judgement | undefined {
  const texts = code.filter(({ kind }) => kind === 'function' || kind === 'trigger');
  const definer =
    'let the function be security definer, with an owner who may, and a search_path of its own (alter function … security definer set search_path = …)';
  if (subject.objectType === 'table') {
    const refreshing = texts.find((item) => isDone(item, /refresh\s+materialized/i) && holds(item, subject.name));
    return (
      refreshing && {
        verdict: 'in_user_code',
        explanation: `The error comes from ${labelOf(refreshing)}, which refreshes the materialized view ${qualify(subject.name)}: only its owner may, whatever is granted on its rows.`,
        remedy: { action: `Best ${definer}.` },
      }
    );
  }
  const creating = texts.find((item) => item.runsAs === null && isDone(item, /\bcreate\s|select\s.*\sinto\s+table/i));
  const [role] = privileges.filter(({ lacksSchema, lacks }) => !lacksSchema && !lacks.includes('usage'));
  if (subject.objectType !== 'schema' || creating === undefined || role === undefined) return undefined;
  return {
    verdict: 'missing_grant',
    explanation: `${quoteIdentifier(role.role)} may use schema ${qualify(subject.name)} and not create anything there, as ${labelOf(creating)} does, which the request runs.`,
    remedy: {
      action: `Best ${definer}. Or run the SQL, which lets everybody who requests as ${quoteIdentifier(role.role)} create things there.`,
      sql: `grant create on schema ${qualify(subject.name)} to ${quoteIdentifier(role.role)};`,
    },
  };
}

function isDone({ text }: Code, statement: RegExp): boolean {
  return text !== null && statement.test(text);
}
