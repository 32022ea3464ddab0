import type { Routine } from '../../model/model.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { andGone, reload, stale } from './conclusions.js';
import { contradictionOf } from './contradictions.js';
import { differencesBehind, isCompared } from './differences.js';
import { describeRoutine, takesNames } from './signatures.js';

/**
 * Whether the error comes from a cache that differs from the catalog in what the request names: as seen, or as the error
 * itself says. Undefined where neither is so.
 */
export function judgeStale(reported: Reported, facts: Facts): Judgement | undefined {
  const { code, message } = reported;
  const behind = differencesBehind(reported, facts);
  if (behind !== undefined) return staleFor(reported, facts, `${behind.text} That is of ${behind.urls.join(', ')}.`);
  const isOfPlan = /^(cached plan must not change result type|cache lookup failed for )/.test(message);
  if (/^(0A000|XX000)$/.test(code) && isOfPlan) {
    return stale(
      facts,
      'A connection of PostgREST has a plan of before a change to the relation; a reload ends these connections.',
    );
  }
  const contradiction = contradictionOf(reported, facts);
  if (contradiction === undefined) return hedge(reported, facts);
  const { text, isOver } = contradiction;
  if (isOver === true) {
    return {
      verdict: 'resolved',
      explanation: `${text} By now the schema cache of every instance agrees with PostgreSQL: it was reloaded since.`,
      remedy: { action: 'Send the request again.' },
    };
  }
  const unseen =
    'What the instances have now could not be seen: if they were reloaded since, only send the request again.';
  return staleFor(reported, facts, isOver === false ? text : `${text} ${unseen}`);
}

function staleFor(reported: Reported, facts: Facts, explanation: string): Judgement {
  const judgement = stale(facts, explanation);
  return isGone(reported, facts) ? andGone(judgement) : judgement;
}

/**
 * Whether the request, too, asks for what is gone: no function takes arguments of these names, whatever their types, or
 * the function of a computed relationship is not there.
 */
function isGone({ code, message }: Reported, { subject, named, request }: Facts): boolean {
  if (code !== '42883') return false;
  const name = /^function (?:.*\.)?(.+?)\(/s.exec(message)?.[1];
  if (subject.kind !== 'routine') return request.embeds.some((embed) => embed.name === name);
  const given = new Set(subject.signature?.map((one) => one.name));
  const takes = (routine: Routine) => takesNames(routine, given) || routine.parameters[0]?.name === '';
  return subject.signature !== undefined && named?.routines.some(takes) !== true;
}

/** Where a reload may cure it and nothing that we may ask can tell. */
function hedge({ code, message, method }: Reported, facts: Facts): Judgement | undefined {
  const [routine] = facts.named?.routines ?? [];
  const isWhole = facts.agreement?.instances.every(({ source }) => source === 'schema_cache') === true;
  if (code === '57014' && routine?.settings.has('statement_timeout') && !isWhole) {
    return {
      verdict: 'stale_cache',
      explanation: `PostgreSQL has ${describeRoutine(routine)} with statement_timeout ${routine.settings.get('statement_timeout')}. PostgREST takes that from its schema cache, and which one it has could not be seen: a reload would show. If it is the same, the function takes longer than that.`,
      remedy: reload(facts),
    };
  }
  const column = /null value in column "(.+?)" of relation "(.+)" violates/.exec(message);
  const relation = facts.named?.relations.find(({ name, schema }) => name === column?.[2] && schema === facts.schema);
  const fallback = relation?.columns.get(column?.[1] ?? '')?.default;
  if (code !== '23502' || method === 'GET' || relation === undefined || typeof fallback !== 'string') return undefined;
  if (isCompared(facts, `${relation.schema}.${relation.name}`) && isShownDefault(fallback)) return undefined;
  return {
    verdict: 'unknown',
    explanation: `PostgreSQL has ${relation.schema}.${relation.name}.${column?.[1]} with default ${fallback}. With Prefer: missing=default PostgREST takes that from its schema cache, and which one it has could not be seen: a reload would show. Without it, a column that is listed and not given is null.`,
    remedy: reload(facts),
  };
}

/** Whether OpenAPI documents show a default: they do constants only. */
function isShownDefault(expression: string): boolean {
  return /^(-?\d+(\.\d+)?|true|false|'[^']*'::[\w ]+)$/.test(expression);
}
