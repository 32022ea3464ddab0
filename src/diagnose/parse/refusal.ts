import type { Reported } from './reported.js';
import { split } from './signature.js';
import type { Subject } from './subject.js';

/** What PostgreSQL refused (42501): the object, or the role that may not be taken on. */
export function privilegeSubject({ message }: Reported, schemas: readonly string[]): Subject {
  const role = /^permission denied to set role "(.+)"$/s.exec(message)?.[1];
  if (role !== undefined) return { kind: 'role', name: role, mayBeSet: false };
  const table = /^new row violates row-level security policy .*for table "(.+)"$/s.exec(message)?.[1];
  if (table !== undefined)
    return { kind: 'privilege', objectType: 'table', policy: true, schema: undefined, name: table };
  const [, objectType = '', name = ''] =
    /^permission denied for (table|view|materialized view|foreign table|relation|sequence|function|schema) (.+)$/s.exec(
      message,
    ) ?? [];
  const isRelation = /table|view|relation/.test(objectType);
  return { kind: 'privilege', objectType: isRelation ? 'table' : objectType, policy: false, ...split(name, schemas) };
}
