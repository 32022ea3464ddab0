import { qualify } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { judgeInside } from './judge-inside.js';
import { isRaisedIn } from './mentions.js';
import { unrelated } from './unrelated.js';

/** An upsert names columns, or PostgREST the primary key, that no unique key has. */
export function noUniqueKey({ request, uniqueKeys = [], schema }: Facts): Judgement {
  const keys = uniqueKeys.map((columns) => columns.map((column) => qualify(column)).join(','));
  const asked =
    request.onConflict.length === 0 ? '' : ` on (${request.onConflict.map((column) => qualify(column)).join(', ')})`;
  const relation = request.target === undefined ? 'The relation' : qualify(schema, request.target.name);
  const has = keys.length === 0 ? 'It has none' : `It has: ${keys.map((key) => `(${key})`).join(', ')}`;
  return {
    verdict: 'not_about_the_schema',
    explanation: `An upsert needs a unique constraint or unique index on exactly its columns, and ${relation} has none${asked}. ${has}.`,
    remedy: { action: 'Name the columns of a unique key in on_conflict, or add the unique constraint.' },
    ...(keys.length > 0 && { suggestions: [...new Set(keys)].map((key) => `on_conflict=${key}`).slice(0, 10) }),
  };
}

/** A constraint of the target is about the data; that of another relation is met by code that writes there. */
export function judgeConstraint(reported: Reported, facts: Facts): Judgement {
  const { code, message } = reported;
  const { request } = facts;
  const [named] =
    /of relation "(.+?)"|on table "(.+?)"|for relation "(.+?)"/.exec(message)?.slice(1).filter(Boolean) ?? [];
  const { target } = request;
  const { constrained = [] } = facts;
  const relation = named ?? (constrained.includes(target?.name ?? '') ? target?.name : constrained[0]);
  const isOther = relation !== undefined && target?.kind === 'relation' && relation !== target.name;
  const isViewed = facts.named?.relations.some(({ isView }) => isView) === true;
  // What is deleted may cascade to another relation.
  const isCascaded = code === '23503' && /^update or delete/.test(message);
  if (isOther && !isCascaded && !isViewed) return judgeInside(reported, facts, [relation]);
  const isRaised = relation === undefined && !/constraint/.test(message);
  if (isRaised && isRaisedIn(message, facts)) return judgeInside(reported, facts, [message.trim()]);
  return unrelated(reported);
}
