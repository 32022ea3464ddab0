import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Judgement, Remedy } from '../diagnosis.js';
import type { Code, Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { reload } from './conclusions.js';
import { extensionIn } from './extensions.js';
import { holdersOf, labelOf } from './mentions.js';
import { placeOf, remedyOf } from './places.js';
import { capitalize, clip, shown } from './words.js';

const maxListed = 5;

/** The error is about something that no request names: code of the database, which runs for it, does. */
export function judgeInside(reported: Reported, facts: Facts, names: readonly string[]): Judgement {
  const { code, message } = reported;
  const preRequest = judgePreRequest(reported, facts, names);
  if (preRequest !== undefined) return preRequest;
  const holders = holdersOf(facts, names);
  if (/^record "/.test(message)) return ofRecord(reported, facts, names);
  const [holder] = holders;
  const who = holder === undefined ? someOf(facts) : labelOf(holder);
  const led = holder !== undefined && facts.mentions?.includes(holder) === true ? ledBy(facts) : '';
  const what = `The error comes from ${who}, which the request runs, not from what the request names.${led}`;
  return {
    verdict: 'in_user_code',
    explanation: `${what} ${explain(code, message, facts, holder)}`.trim(),
    remedy: remedyFor(reported, facts, holder),
  };
}

/** Where the code is not among what the request leads to. */
function ledBy({ request }: Facts): string {
  if (request.target === undefined)
    return ' Send the path of the request along to have the code looked up that it runs.';
  return ' Nothing that the request names leads there: it may be the function of db-pre-request, which PostgREST runs before every request.';
}

/** What may be to blame, where no text holds the names of the error. */
function someOf({ code = [], request, schema }: Facts): string {
  if (request.target?.kind === 'routine') return `function ${qualify(schema, request.target.name)}, or what it calls`;
  const roots = code.filter(({ kind }) => kind !== 'default' && kind !== 'check').slice(0, maxListed);
  if (roots.length === 0) return 'code of the database (a function, trigger, policy, view or db-pre-request)';
  return roots.length === 1 ? roots.map(labelOf).join('') : `one of ${roots.map(labelOf).join('; ')}`;
}

function explain(code: string, message: string, facts: Facts, holder: Code | undefined): string {
  const found = placeOf(facts, holder);
  if (found === undefined) {
    const family = families.find(([pattern]) => pattern.test(code))?.[1];
    return `${family ?? 'PostgreSQL says'}: ${clip(message)}.`;
  }
  if (found.isInPath) return `It calls ${found.whole} with arguments that this does not take: ${clip(message)}.`;
  const where = found.schemas.map((schema) => qualify(schema)).join(', ');
  return `It names ${found.name} without its schema: there is one in schema ${where}, which is not in the search path that it runs with.`;
}

const families: [RegExp, string][] = [
  [/^42P01/, 'It reads or writes a relation that is not there'],
  [/^42703/, 'It uses a column that is not there'],
  [/^42883/, 'It uses a function or operator that is not there for these types'],
  [/^42704/, 'It uses a setting, type or role that is not there'],
  [/^42702/, 'It uses a name that is both a column and a variable, or a column of two relations'],
  [/^42601/, 'Its SQL is wrong'],
  [/^42804/, 'The types of what it returns or writes are not those that it declares'],
  [/^(P0|PT|28)|^(?!PGRST|[0-9A-Z]{5}$)/, 'It raised the error itself'],
  [/^3F000/, 'It names a schema that is not there'],
  [/^23/, 'It writes what a constraint refuses'],
  [/^54001/, 'It calls itself without an end'],
];

function remedyFor(reported: Reported, facts: Facts, holder: Code | undefined): Remedy {
  const { code, message, details } = reported;
  const place = placeOf(facts, holder);
  if (place !== undefined) return remedyOf(place, facts.schema, holder);
  const extension = extensionIn(reported);
  if (extension !== undefined) {
    const name = quoteIdentifier(extension);
    return {
      action: `Create the extension ${name}, which brings it, in a schema of the search path; or correct that code.`,
      sql: `create extension if not exists ${name};`,
    };
  }
  if (code === '42704' && /configuration parameter/.test(message)) {
    const name = /"(.+?)"/.exec(message)?.[1] ?? 'the setting';
    return {
      action: `Correct that code: current_setting('${clip(name)}', true) is null where the setting is not there. PostgREST sets request.jwt.claims, request.headers and the like, and what db-pre-request sets.`,
    };
  }
  if (code === '42804' && /function result type/.test(message)) {
    const says = typeof details === 'string' ? ` ${clip(details)}` : '';
    return {
      action: `Create the function anew, so that the types that it returns are those that it declares, or cast in its query.${says}`,
    };
  }
  if (code === '42702') {
    return {
      action:
        'Qualify the column in the body of the function with the name or alias of its table, or rename the variable.',
    };
  }
  if (/^(0A000|25006)$/.test(code)) {
    return {
      action:
        'Declare the function volatile, as it writes; then reload. PostgREST runs stable and immutable ones read-only.',
    };
  }
  if (/^(P0|PT|28)|^(?!PGRST|[0-9A-Z]{5}$)/.test(code))
    return { action: 'Do what the message asks for, or look at the conditions in that code.' };
  return { action: 'Correct that code, or create what it names.' };
}

/** `record "new" has no field "x"`: a trigger's function expects another table. */
function ofRecord(reported: Reported, facts: Facts, names: readonly string[]): Judgement {
  const field = names.at(-1) ?? '';
  const holders = holdersOf(facts, [field]);
  const trigger = holders.find(({ kind }) => kind === 'trigger') ?? holders[0];
  if (trigger?.kind !== 'trigger') {
    return {
      verdict: 'in_user_code',
      explanation: `The error comes from ${trigger === undefined ? someOf(facts) : labelOf(trigger)}, which the request runs: ${clip(reported.message)}.`,
      remedy: { action: 'Correct that code: the row that it reads has no such column.' },
    };
  }
  const table = qualify(trigger.onSchema ?? '', trigger.on ?? '');
  return {
    verdict: 'in_user_code',
    explanation: `${capitalize(labelOf(trigger))} uses the column ${table}.${qualify(field)}, which is not in PostgreSQL.`,
    remedy: {
      action: `Run the migration that adds ${table}.${qualify(field)}, then reload; or drop the trigger, or correct its function, where the table has none.`,
    },
  };
}

/** The only function that PostgREST calls as it was configured, without a schema where none was given. */
function judgePreRequest({ code, message }: Reported, facts: Facts, names: readonly string[]): Judgement | undefined {
  const [name] = names;
  const setting = facts.surroundings?.settings.find((each) => each.name === 'pgrst.db_pre_request');
  const isCall = code === '42883' && /^function .+\(\) does not exist$/.test(message);
  const isQualified = /^function .+\..+\(\)/.test(message);
  // A function that is called with its schema and not found there is no matter of the search path.
  if (isQualified && (facts.request.target?.kind !== 'relation' || holdersOf(facts, names).length > 0))
    return undefined;
  const isSet = setting?.value.split('.').at(-1) === name;
  if (!isCall || name === undefined || (holdersOf(facts, [name]).length > 0 && !isSet)) return undefined;
  const [place] = facts.places?.schemas ?? [];
  if (facts.request.target === undefined && place === undefined) return undefined;
  const explanation = `Nothing that the request runs names the function ${shown(name)}: PostgREST itself calls it before every request, as the configuration db-pre-request says${isQualified ? '.' : ', and without a schema it is looked for in the search path only.'}`;
  if (place === undefined) {
    return {
      verdict: 'misconfigured',
      explanation: `${explanation} There is none of this name.`,
      remedy: { action: `Create the function, or correct db-pre-request (PGRST_DB_PRE_REQUEST).` },
    };
  }
  const whole = qualify(place, name);
  const [config] = [reload(facts).sql?.replace('reload schema', 'reload config')];
  return {
    verdict: 'misconfigured',
    explanation: `${explanation} There is ${whole}.`,
    remedy: {
      action: `Set db-pre-request (PGRST_DB_PRE_REQUEST) of PostgREST to ${whole}, then restart it, or reload its configuration.`,
      ...(isSet &&
        setting?.role != null && {
          sql: `alter role ${quoteIdentifier(setting.role)}${setting.inDatabase ? ` in database ${quoteIdentifier(facts.surroundings?.database ?? '')}` : ''} set pgrst.db_pre_request = '${whole}';\n${config}`,
        }),
    },
  };
}
