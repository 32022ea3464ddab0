import type { Reported } from '../parse/reported.js';
import { targetOf } from '../parse/request-path.js';

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
 * it does there.
 */
export function neededPrivileges(
  { method, path }: Reported,
  relation: string,
  lacks: readonly string[],
): string[] | undefined {
  const target = targetOf(path);
  if (target?.kind === 'routine') return undefined;
  if (target !== undefined && target.name !== relation) return lacks.filter((privilege) => privilege === 'select');
  // Only who wants the new rows back has to be able to read.
  if (method === 'POST') return lacks.includes('insert') ? ['insert'] : lacks.filter((lack) => lack === 'select');
  const needed = Object.hasOwn(byMethod, method) ? byMethod[method] : undefined;
  return needed && lacks.filter((privilege) => needed.includes(privilege));
}
