import type { Query } from '../../catalog/query.js';
import { readSql } from '../../lib/sql.js';
import { qualify } from '../../model/identifier.js';
import type { Reason } from '../facts.js';

const otherKindsSql = readSql(import.meta.url, './other_kinds.sql');

const actions: Record<string, string> = {
  procedure: 'PostgREST calls functions only: write a function that does the same, or that calls the procedure.',
  aggregate: 'Write a function that uses the aggregate, or use it in a view.',
  'window function': 'Write a function that uses it, or use it in a view.',
  'trigger function': 'Only a trigger can run it: write a function that returns something else.',
  'function with unnamed parameters':
    'Arguments are passed by name: give every parameter a name, but for a single one of type json, jsonb, text, xml or bytea, which takes the whole body.',
  sequence: 'Write a view or function that reads the sequence.',
  type: 'It is a type, which has no rows: ask for a table, or for a function that returns it.',
  index: 'Ask for the table that it is on.',
};

/** What there is under a name that was asked for as a function or as a relation, but is none that is served. */
export async function lookUpOtherKinds(
  query: Query,
  schema: string,
  name: string,
  asked: 'function' | 'relation',
): Promise<Reason | undefined> {
  const rows = await query<{ kind: string; arguments: string | null }>(otherKindsSql, schema, name);
  const whole = qualify(schema, name);
  if (asked === 'relation' && rows.some(({ kind }) => kind === 'function')) {
    const path = `/rpc/${name}`;
    return {
      verdict: 'misspelt',
      text: `${whole} is a function, not a relation.`,
      action: `Call it under ${path}: its arguments are those of the function, not filters.`,
      suggestions: [path],
    };
  }
  if (asked === 'function' && rows.some(({ kind }) => kind === 'relation')) {
    const path = `/${name}`;
    return {
      verdict: 'misspelt',
      text: `${whole} is a relation, not a function.`,
      action: `Ask for it under ${path}.`,
      suggestions: [path],
    };
  }
  const found = rows.find(({ kind }) => actions[kind] !== undefined);
  if (found === undefined) return undefined;
  const list = found.arguments === null ? '' : `(${found.arguments})`;
  return {
    verdict: 'not_served',
    text: `${whole}${list} is ${/^[aeiou]/.test(found.kind) ? 'an' : 'a'} ${found.kind}, which PostgREST does not serve.`,
    action: actions[found.kind] ?? '',
  };
}
