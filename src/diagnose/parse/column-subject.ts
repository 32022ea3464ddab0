import { quotedIn, type Reported } from './reported.js';
import { type Embed, type Request, readRequest } from './request.js';
import { split } from './signature.js';
import type { Subject } from './subject.js';

// What PostgREST calls the rows that it reads from and writes to.
const madeUp = /^(pgrst_(call|source|body|payload|scalar)|record)$/;

/** Whether PostgREST calls its own rows so. */
export function isMadeUp(alias: string): boolean {
  return madeUp.test(alias);
}

/** The column that PostgreSQL did not find (42703): of the request, or of the code that runs for it. */
export function columnSubject(reported: Reported): Subject {
  const { message } = reported;
  const request = readRequest(reported);
  const { target } = request;
  const [, written, relation] = /^column "(.+)" of relation "(.+)" does not exist$/s.exec(message) ?? [];
  if (written !== undefined && relation !== undefined) {
    // PostgREST writes to nothing but the target.
    const isOther = target !== undefined && (target.kind === 'routine' || target.name !== relation);
    return isOther ? { kind: 'inside', names: [written, relation] } : column(relation, written);
  }
  const alone = /^column "(.+)" does not exist$/s.exec(message)?.[1];
  if (alone !== undefined) {
    const isNamed = [...request.onConflict, ...request.columns].includes(alone);
    return isNamed && target?.kind === 'relation' ? column(target.name, alone) : { kind: 'inside', names: [alone] };
  }
  const dotted = /^column (.+) does not exist$/s.exec(message)?.[1];
  if (dotted === undefined) return { kind: 'inside', names: quotedIn(message).slice(-1) };
  const { schema: alias, name } = split(dotted, target === undefined ? [] : [target.name]);
  return alias === undefined ? { kind: 'inside', names: [name] } : ofAlias(alias, name, request);
}

function column(relation: string | undefined, name: string): Subject {
  return { kind: 'column', schema: undefined, relation, name };
}

/** `alias.name`, as PostgREST or code of the database writes it. */
function ofAlias(alias: string, name: string, { target, embeds }: Request): Subject {
  if (target === undefined) return madeUp.test(alias) ? { kind: 'other' } : column(alias, name);
  if (target.kind === 'relation' && (madeUp.test(alias) || alias === target.name)) return column(target.name, name);
  const embedded = embeddedAs(alias, embeds, target.name);
  if (embedded !== undefined) return column(embedded, name);
  if (target.kind === 'relation') return { kind: 'inside', names: [name] };
  // The rows of a relation that a function returns are called as the relation is.
  const isOfResult = madeUp.test(alias) || alias === target.name;
  return { kind: 'result_column', routine: target.name, alias: isOfResult ? undefined : alias, name };
}

/** The relation that `alias` stands for: PostgREST numbers what is embedded, `posts_1`, or `users_posts_1` to order by. */
function embeddedAs(alias: string, embeds: readonly Embed[], target: string): string | undefined {
  if (embeds.some(({ name }) => name === alias)) return alias;
  const bare = embeds.length === 0 ? undefined : /^(.+)_\d+$/s.exec(alias)?.[1];
  const ordered = embeds.find(({ name, within }) => `${within?.name ?? target}_${name}` === bare);
  return ordered !== undefined && !embeds.some(({ name }) => name === bare) ? ordered.name : bare;
}
