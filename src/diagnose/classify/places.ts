import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Remedy } from '../diagnosis.js';
import type { Code, Facts } from '../facts.js';
import { shown } from './words.js';

/** Where there is what code of the database does not find. */
export interface Place {
  /** The name as it stands in the code, and with its schema. */
  name: string;
  whole: string;
  schema: string;
  schemas: string[];
  /** Whether the code finds it there: then its arguments are not those that are given. */
  isInPath: boolean;
}

/** The place of what `holder`, if it is known, does not find; undefined where there is none. */
export function placeOf({ places, schema: requested }: Facts, holder: Code | undefined): Place | undefined {
  if (places === undefined) return undefined;
  const { what, name, schemas } = places;
  const own = holder?.searchPath ?? '';
  const path = own === '' ? [requested, 'public'] : own.split(',').map((each) => each.trim().replaceAll('"', ''));
  const reached = what === 'function' ? schemas.find((schema) => path.includes(schema)) : undefined;
  const schema = reached ?? schemas[0];
  if (schema === undefined) return undefined;
  const isOperator = what === 'operator';
  return {
    name: isOperator ? `the operator ${name}` : shown(name),
    whole: isOperator ? `operator(${qualify(schema)}.${name})` : qualify(schema, name),
    schema,
    schemas,
    isInPath: reached !== undefined,
  };
}

/** How `holder` finds it, when requests go to the schema `requested`. */
export function remedyOf({ schema, whole, isInPath }: Place, requested: string, holder: Code | undefined): Remedy {
  if (isInPath) return { action: `Give ${whole} the arguments that it takes, cast where their types are others.` };
  const action = `Name it ${whole} in that code, or add ${qualify(schema)} to the search path that it runs with. There is no need to expose schema ${qualify(schema)}.`;
  if (holder?.kind !== 'function' && holder?.kind !== 'trigger') return { action };
  const before =
    holder.searchPath === ''
      ? [quoteIdentifier(requested), 'public']
      : [holder.searchPath].filter((path) => path !== '""');
  const path = [...new Set([...before, quoteIdentifier(schema)])].join(', ');
  const { kind, name, arguments: list } = holder;
  // Of a trigger they are its function.
  const called = kind === 'trigger' ? (list ?? '').slice(holder.schema.length + 1) : name;
  const signature = `${qualify(holder.schema, called)}(${kind === 'trigger' ? '' : (list ?? '')})`;
  return { action, sql: `alter function ${signature} set search_path = ${path};` };
}
