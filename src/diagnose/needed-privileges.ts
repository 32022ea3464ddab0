import type { Reported } from './reported.js';
import { targetOf } from './request-path.js';

const all = ['select', 'insert', 'update', 'delete'];
// What is written is also read where the request filters or wants the rows back.
const byMethod: Record<string, string[]> = {
  GET: ['select'],
  HEAD: ['select'],
  POST: ['select', 'insert'],
  PUT: ['select', 'insert', 'update'],
  PATCH: ['select', 'update'],
  DELETE: ['select', 'delete'],
};

/** The privileges on `relation` that the request may have needed; all, where it does not say what it does. */
export function neededPrivileges({ method, path }: Reported, relation: string): string[] {
  const target = targetOf(path);
  if (target?.kind === 'routine') return all;
  const isEmbedded = target !== undefined && target.name !== relation;
  return isEmbedded ? ['select'] : (Object.hasOwn(byMethod, method) && byMethod[method]) || all;
}
