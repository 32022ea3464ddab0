import { qualify } from '../../model/identifier.js';
import { type Relation, relationKey } from '../../model/model.js';
import type { Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { type Contradiction, isWhole, ofBefore } from './contradiction.js';
import { isCompared, typeIn } from './differences.js';
import { holds } from './mentions.js';
import { isSameType } from './signatures.js';

type Rule = (reported: Reported, facts: Facts, relation: Relation) => string | undefined;

/** What the error says of the cache of the relation that the request is for, where the catalog says otherwise. */
export function ofRelation(reported: Reported, facts: Facts): Contradiction | undefined {
  const { named, schema, request } = facts;
  const relation = named?.relations.find((each) => each.schema === schema && each.name === request.target?.name);
  const rule = /^22/.test(reported.code) ? value : rules[reported.code];
  const text = relation && rule?.(reported, facts, relation);
  if (relation === undefined || text === undefined) return undefined;
  // Neither media types, functions nor domains are in what most instances show.
  const isSeen = /^(PGRST107|42883|42704|23514)$/.test(reported.code)
    ? isWhole(facts)
    : isCompared(facts, relationKey(relation));
  return { text, isOver: isSeen ? true : undefined };
}

const rules: Record<string, Rule | undefined> = {
  '42804'({ message }, facts, relation) {
    const [, name, type, cached] =
      /^column "(.+?)" is of type (.+) but expression is of type (.+)$/.exec(message) ?? [];
    const column = relation.columns.get(name ?? '');
    if (name === undefined || column === undefined || !isSameType(column.nominalType, type ?? '')) return undefined;
    if (isInCode(facts, name)) return undefined;
    return `PostgREST writes ${relationKey(relation)}.${qualify(name)} as ${cached}, and PostgreSQL has it as ${type}: ${ofBefore}.`;
  },
  // PostgREST qualifies the types of its cache.
  '42704'({ message }, facts, relation) {
    const type = /^type "(.+)" does not exist$/s.exec(message)?.[1];
    if (type === undefined || isInCode(facts, type.split('.').at(-1) ?? type)) return undefined;
    return `PostgREST casts a column of ${relationKey(relation)} to ${type}, which is not there any more: ${ofBefore}.`;
  },
  '23514'({ message }, _, relation) {
    const domain = /^value for domain (.+?) violates/.exec(message)?.[1];
    if (domain === undefined || relation.isView) return undefined;
    if ([...relation.columns.values()].some(({ nominalType }) => isSameType(nominalType, domain))) return undefined;
    return `PostgREST reads a value as the domain ${domain}, and no column of ${relationKey(relation)} has it: ${ofBefore}.`;
  },
  '42P10'(_, { request, uniqueKeys = [] }, relation) {
    if (request.onConflict.length > 0 || relation.kind !== 'table') return undefined;
    const [key] = uniqueKeys;
    const has = key === undefined ? 'no key' : `the key (${key.map((column) => qualify(column)).join(', ')})`;
    return `PostgREST upserts into ${relationKey(relation)} by the primary key of its schema cache, which PostgreSQL does not have any more: it has ${has}.`;
  },
  // Functions that format or parse a domain, and computed relationships: nobody but PostgREST calls these.
  '42883'({ message }, facts, relation) {
    const name = /^function (.+)\(.+\) does not exist$/s.exec(message)?.[1];
    if (name?.includes('.') !== true || isInCode(facts, name.split('.').at(-1) ?? '')) return undefined;
    return `PostgREST calls ${name} for a column or relationship of ${relationKey(relation)}, and PostgreSQL has no such function any more: ${ofBefore}.`;
  },
  PGRST107({ message }, facts, relation) {
    const handler = handlerOf(facts, message, relation.name);
    return (
      handler &&
      `PostgreSQL has ${handler}, which produces the media type of the request (${message.replace(/^.*: /s, '')}); the schema cache of PostgREST does not have it.`
    );
  },
};

const pseudoTypes = /^(json|jsonb|record|tsquery|int4range)$/;

/** A value was read as a type that no column has which the request uses. */
function value({ message, method }: Reported, facts: Facts, relation: Relation): string | undefined {
  const type = typeIn(message);
  const { request, code = [] } = facts;
  if (type === undefined || pseudoTypes.test(type) || request.embeds.length > 0) return undefined;
  if (code.some(({ kind }) => kind !== 'default')) return undefined;
  const columns = [...relation.columns.values()];
  const asked = columns.filter(({ name }) => request.columns.includes(name));
  const used = method === 'GET' && asked.length > 0 ? asked : columns;
  const types = used.flatMap((column) => [column.type, column.type.replace(/\[\]$/, ''), column.nominalType]);
  if (types.some((one) => isSameType(one, type))) return undefined;
  return `The value was read as ${type}, and no column of ${relationKey(relation)} that the request uses has this type: the schema cache, or a connection of PostgREST, has the columns of before.`;
}

function isInCode({ code = [] }: Facts, name: string): boolean {
  return code.some((item) => holds(item, name));
}

/** The catalog's function or aggregate for a media type that a cache does not have. */
function handlerOf({ named }: Facts, message: string, target: string): string | undefined {
  const handler = named?.mediaHandlers.find(
    (each) => message.includes(each.mediaType) && (each.target === null || each.target.name === target),
  );
  return handler && relationKey(handler.handler);
}
