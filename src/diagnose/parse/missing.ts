import type { Reported } from './reported.js';

/** What PostgreSQL does not find under a name without a schema: in no schema of the search path. */
export interface Missing {
  what: 'function' | 'relation' | 'type' | 'operator';
  name: string;
  /** The types on both sides of an operator; empty where there is none. */
  types: string[];
}

/** What PostgreSQL says that it does not find, if its name has no schema. */
export function missingIn({ code, message }: Reported): Missing | undefined {
  const operator = /^operator does not exist: (?:(.+?) )?([-+*/<>=~!@#%^&|`?]+) (.+)$/s.exec(message);
  if (code === '42883' && operator !== null) {
    const [, left = '', name = '', right = ''] = operator;
    return { what: 'operator', name, types: [left, right] };
  }
  const of = (what: Missing['what'], pattern: RegExp): Missing | undefined => {
    const name = pattern.exec(message)?.[1];
    return name === undefined ? undefined : { what, name, types: [] };
  };
  if (code === '42883') return of('function', /^function ([^.(]+)\(/s);
  if (code === '42P01') return of('relation', /^relation "([^."]+)" does not exist$/s);
  return code === '42704' ? of('type', /^type "([^."]+?)(?:\[\])?" does not exist$/s) : undefined;
}
