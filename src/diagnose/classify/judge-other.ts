import { qualify } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import { quotedIn, type Reported } from '../parse/reported.js';
import { typeIn } from './differences.js';
import { judgeConstraint, noUniqueKey } from './judge-constraint.js';
import { judgeInside } from './judge-inside.js';
import { isRaisedIn, labelOf } from './mentions.js';
import { describeRoutine, isSameType } from './signatures.js';
import { unrelated } from './unrelated.js';
import { clip, shown } from './words.js';

// What only code raises: RAISE, a stack that overflows, external routines, more rows than a subquery may return.
const fromCode =
  /^(P0|PT|2F|38|39|54001|21000|2BP01|42P02|42P13|42803|42809|42712|42725|22012|24|25001|25P0|0A000|42939)/;

type Judge = (reported: Reported, facts: Facts) => Judgement;

const judges: Record<string, Judge> = {
  '42P17': recursion,
  '42P10': (_, facts) => noUniqueKey(facts),
  '25006': readOnly,
  '42804': (reported, facts) => judgeInside(reported, facts, quotedIn(reported.message).slice(0, 1)),
  '42704': (reported, facts) => judgeInside(reported, facts, quotedIn(reported.message).slice(0, 1)),
  '42883': (reported, facts) =>
    /^operator does not exist/.test(reported.message) ? operator(reported, facts) : general(reported, facts),
};

/** An error that names no object of the request, of which catalog and caches agree. */
export function judgeOther(reported: Reported, facts: Facts): Judgement {
  if (isPooled(reported)) return pooled(reported);
  if (facts.request.target === undefined && mayBeOfCache(reported)) return withoutRequest(reported);
  const own = Object.hasOwn(judges, reported.code) ? judges[reported.code] : undefined;
  if (own !== undefined) return own(reported, facts);
  return /^23/.test(reported.code) ? judgeConstraint(reported, facts) : general(reported, facts);
}

/** A pooler in transaction mode gives each transaction another session, without what was prepared in the last. */
function isPooled({ code, message }: Reported): boolean {
  return /^(26000|42P05|08P01)$/.test(code) && /prepared statement/.test(message);
}

function pooled({ message }: Reported): Judgement {
  return {
    verdict: 'misconfigured',
    explanation: `A pooler in transaction mode stands between PostgREST and PostgreSQL, and PostgREST prepares statements: ${clip(message)}.`,
    remedy: {
      action:
        'Set db-prepared-statements (PGRST_DB_PREPARED_STATEMENTS) of PostgREST to false, or have it connect to the pooler in session mode, or to PostgreSQL.',
    },
  };
}

function mayBeOfCache({ code, message }: Reported): boolean {
  return (
    /^(42804|42P10|25006|22P02|22003|22007|22008|42703)$/.test(code) ||
    (code === '42704' && /^type ".+\./.test(message))
  );
}

function withoutRequest({ message }: Reported): Judgement {
  return {
    verdict: 'unknown',
    explanation: `Whether a schema cache that differs from PostgreSQL is behind it cannot be told without the request: ${clip(message)}.`,
    remedy: { action: 'Send method, path and profile of the request along: what it names is compared then.' },
  };
}

// What is about connections, locks, time and transactions, whatever runs.
const aboutRunning = /^(57|40|55|53|08|HV)/;

function general(reported: Reported, facts: Facts): Judgement {
  const { code, message } = reported;
  const isRoutine = facts.request.target?.kind === 'routine';
  const isArgumentOf = isRoutine && /^22/.test(code) && isArgument(reported, facts);
  // RAISE SQLSTATE 'PGRST' takes any code.
  if (!/^([0-9A-Z]{5}|PGRST.*)$/.test(code) && isRaisedIn(reported.message, facts)) {
    return judgeInside(reported, facts, [message.trim()]);
  }
  if (!/^[0-9A-Z]{5}$/.test(code) || aboutRunning.test(code) || isArgumentOf) return unrelated(reported);
  if (isRoutine) return judgeInside(reported, facts, [message.trim()]);
  const isInside =
    /in a non-volatile function$/.test(message) || (fromCode.test(code) && isRaisedIn(reported.message, facts));
  if (isUnasked(reported, facts)) return judgeInside(reported, facts, []);
  return isInside || isFiring(facts, code) ? judgeInside(reported, facts, [message.trim()]) : unrelated(reported);
}

/** A value is refused, and the request gives none: a view, a policy or what these call does. */
function isUnasked({ code: state, method }: Reported, { request, code = [] }: Facts): boolean {
  const isCode = code.some(({ kind }) => kind === 'view' || kind === 'policy' || kind === 'function');
  return /^22/.test(state) && /^(GET|HEAD)$/.test(method) && !request.isFiltered && isCode;
}

/** Whether there is code of the relation that may have raised it. */
function isFiring({ code = [] }: Facts, state: string): boolean {
  return /^(P0|PT|54001|2F|38|39)/.test(state) && code.some(({ kind }) => kind !== 'default' && kind !== 'check');
}

function isArgument({ message }: Reported, { named }: Facts): boolean {
  const type = typeIn(message);
  const parameters = named?.routines.flatMap((routine) => routine.parameters) ?? [];
  return type === undefined ? parameters.length > 0 : parameters.some((one) => isSameType(one.type, type));
}

function recursion({ message }: Reported, facts: Facts): Judgement {
  const relation = /relation "(.+?)"/.exec(message)?.[1];
  const policies = (facts.code ?? []).filter(
    ({ kind, on }) => kind === 'policy' && (relation === undefined || on === relation),
  );
  if (!/policy/.test(message))
    return judgeInside({ message, code: '42P17' } as Reported, facts, relation === undefined ? [] : [relation]);
  const which = policies.length === 0 ? `a policy on ${shown(relation)}` : policies.slice(0, 5).map(labelOf).join(', ');
  return {
    verdict: 'row_level_security',
    explanation: `The policies of ${shown(relation)} read the table that they guard, directly or through another table's policies: ${which}.`,
    remedy: {
      action:
        'Move that query into a function with security definer, whose owner is exempt from the policies, and call it in the policy. No grant and no reload helps.',
    },
  };
}

function readOnly(reported: Reported, facts: Facts): Judgement {
  const { surroundings, named, request } = facts;
  const verdict = 'not_about_the_schema';
  const setting = surroundings?.settings.find(({ name }) => name === 'default_transaction_read_only');
  if (surroundings?.isStandby === true || setting !== undefined) {
    const why = setting === undefined ? 'is a standby' : 'has default_transaction_read_only set';
    return {
      verdict,
      explanation: `PostgreSQL ${why}: nothing can be written there.`,
      remedy: { action: 'Point db-uri of PostgREST to the primary, or take the setting away.' },
    };
  }
  const [routine] = named?.routines ?? [];
  if (routine !== undefined && routine.volatility !== 'volatile') return judgeInside(reported, facts, []);
  if (request.target !== undefined && /^(GET|HEAD|)$/.test(reported.method)) {
    const name = routine === undefined ? qualify(facts.schema, request.target.name) : describeRoutine(routine);
    return {
      verdict,
      explanation: `PostgREST answers GET and HEAD in a read-only transaction, and ${name} writes.`,
      remedy: { action: routine === undefined ? 'Let what is read there not write.' : 'Call the function with POST.' },
    };
  }
  return unrelated(reported);
}

function operator(reported: Reported, facts: Facts): Judgement {
  const { message } = reported;
  const { request } = facts;
  const isRoutine = request.target?.kind === 'routine';
  const columns = isRoutine ? (facts.named?.resultColumns ?? []) : [];
  const isFiltered =
    request.target === undefined
      ? / unknown$/.test(message)
      : isRoutine
        ? request.columns.some((name) => columns.includes(name))
        : request.isFiltered;
  // What PostgREST compares with has no type of its own.
  if (!isFiltered || (isRoutine && !/ unknown$/.test(message))) {
    return judgeInside(reported, facts, facts.places === undefined ? [] : [facts.places.name]);
  }
  const types = /does not exist: (.+)$/.exec(message)?.[1] ?? '';
  return {
    verdict: 'not_about_the_schema',
    explanation: `A filter of the request compares a column in a way that PostgreSQL does not know for its type: ${clip(types)}.`,
    remedy: {
      action:
        'Use an operator that the type of the column has (json has none for equality: jsonb has), filter a part of it (column->>key), or add a generated column or view with a type that can be compared.',
    },
  };
}
