import type { Code, Privileges } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { readRequest } from '../parse/request.js';
import { holds } from './mentions.js';

// What filters and conflicts look at has to be readable too.
const byMethod: Record<string, string[]> = {
  GET: ['select'],
  HEAD: ['select'],
  PUT: ['select', 'insert', 'update'],
  PATCH: ['select', 'update'],
  DELETE: ['select', 'delete'],
};

/**
 * Which of the privileges on `relation` that the role `lacks` the request needed; undefined where it does not say what
 * it does there, nor does the `code` that it runs.
 */
export function neededPrivileges(
  reported: Reported,
  { name, lacks }: Pick<Privileges, 'name' | 'lacks'>,
  code: readonly Code[],
): string[] | undefined {
  const { target, onConflict, isSelecting, method } = readRequest(reported);
  const inCode = privilegesIn(name, code);
  if (target === undefined || target.name !== name || target.kind === 'routine') {
    if (inCode.length > 0) return lacks.filter((privilege) => inCode.includes(privilege));
    if (target?.kind !== 'relation') return target === undefined ? byMethodOf(method, lacks) : undefined;
    return lacks.filter((privilege) => privilege === 'select');
  }
  if (method === 'POST') {
    // Only who wants the new rows back has to be able to read; an upsert reads and updates.
    const isUpsert = onConflict.length > 0 || !lacks.includes('insert');
    const needed = ['insert', ...(isUpsert ? ['select', 'update'] : []), ...(isSelecting ? ['select'] : [])];
    return lacks.filter((privilege) => needed.includes(privilege));
  }
  return byMethodOf(method, lacks);
}

function byMethodOf(method: string, lacks: readonly string[]): string[] | undefined {
  const needed = method === 'POST' ? ['insert'] : Object.hasOwn(byMethod, method) ? byMethod[method] : undefined;
  return needed && lacks.filter((privilege) => needed.includes(privilege));
}

/** What code that names `relation` does there, as far as its text tells. */
function privilegesIn(relation: string, code: readonly Code[]): string[] {
  const texts = code.filter((item) => item.kind !== 'default' && holds(item, relation)).map(({ text }) => text ?? '');
  if (texts.length === 0) return [];
  const name = `(?:only\\s+)?(?:"?[\\p{L}\\p{N}_$]+"?\\.)?"?${relation.replaceAll(/[^\p{L}\p{N}_]/gu, '.')}"?(?![\\p{L}\\p{N}_$])`;
  const does = (verb: string) => texts.some((text) => new RegExp(`${verb}\\s+${name}`, 'iu').test(text));
  const written = [
    ...(does('insert\\s+into') ? ['insert'] : []),
    ...(does('update') ? ['update'] : []),
    ...(does('delete\\s+from') ? ['delete'] : []),
  ];
  const isRead = written.length === 0 || written.some((one) => one !== 'insert') || does('(?:from|join)');
  return [...(isRead ? ['select'] : []), ...written];
}
