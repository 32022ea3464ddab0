import type { Token } from './lexer.js';

/** The tokens of a source, and where each name stands. */
export interface Code {
  tokens: readonly Token[];
  positions: ReadonlyMap<string, readonly number[]>;
}

/** What an expression may come to; undefined where the text does not say. */
export interface Values {
  values: readonly string[] | undefined;
  /** It is a plain constant. */
  isCertain: boolean;
}

export function codeOf(tokens: readonly Token[]): Code {
  const positions = new Map<string, number[]>();
  for (const [index, { kind, value }] of tokens.entries()) {
    if (kind !== 'word' && kind !== 'name') continue;
    const known = positions.get(value);
    if (known === undefined) positions.set(value, [index]);
    else known.push(index);
  }
  return { tokens, positions };
}

const beginsStatement = new Set(['begin', 'then', 'else', 'loop', 'atomic', '>', ';']);

/** Whether a statement begins behind `before`. */
export function isStart(before: Token | undefined): boolean {
  return before === undefined || (before.kind !== 'string' && beginsStatement.has(before.value));
}

/** What `expression` may come to: a constant, or a variable that `code` gives nothing but constants. */
export function valuesOf(code: Code, expression: readonly Token[]): Values {
  const cast = expression.findIndex(({ value, kind }) => kind === 'symbol' && value === '::');
  const [first, ...others] = cast > 0 ? expression.slice(0, cast) : expression;
  if (first === undefined || others.length > 0) return { values: undefined, isCertain: false };
  if (first.kind === 'string') return { values: [first.value], isCertain: first.isPlain };
  if (first.kind === 'word' && first.value === 'null') return { values: [''], isCertain: true };
  const assigned = assignmentsTo(code, first)?.map(([only, ...more]) =>
    only?.kind === 'string' && more.length === 0 ? only.value : undefined,
  );
  const values = assigned?.every((value) => value !== undefined) ? assigned : undefined;
  return { values, isCertain: false };
}

/** What `code` assigns to `variable`; undefined where that is not all that it may hold. */
export function assignmentsTo({ tokens, positions }: Code, variable: Token): Token[][] | undefined {
  const assigned: Token[][] = [];
  for (const index of positions.get(variable.value) ?? []) {
    if (isTarget(tokens, index)) return undefined;
    const before = tokens[index - 1];
    if (!isStart(before) && before?.value !== 'declare') continue;
    const statement = expressionAt(tokens, index);
    const sign = statement.findIndex(({ kind, value }) => kind !== 'string' && [':=', '=', 'default'].includes(value));
    if (sign > 0) assigned.push(statement.slice(sign + 1));
  }
  return assigned.length === 0 ? undefined : assigned;
}

/** Whether a statement stores what it finds in the variable at `index`: `into a, b`, `for a in`. */
function isTarget(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1, token = tokens[at]; token !== undefined; token = tokens[--at]) {
    if (token.kind === 'word' && ['into', 'for', 'foreach', 'diagnostics'].includes(token.value)) return true;
    const isListed = token.kind === 'word' || token.kind === 'name' || [',', '.'].includes(token.value);
    if (!isListed || isStart(token)) return false;
  }
  return false;
}

/** The tokens from `start` on to the end of the expression: a semicolon, or the next part of its statement. */
export function expressionAt(tokens: readonly Token[], start: number): Token[] {
  let end = start;
  for (let token = tokens[end]; token !== undefined && !endsExpression(token); token = tokens[++end]);
  return tokens.slice(start, end);
}

function endsExpression({ kind, value }: Token): boolean {
  return (kind === 'symbol' && value === ';') || (kind === 'word' && ['into', 'using', 'loop'].includes(value));
}

/** The arguments of a call whose first one begins at `start`. */
export function argumentsAt(tokens: readonly Token[], start: number): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (let at = start, token = tokens[at]; token !== undefined; token = tokens[++at]) {
    const sign = token.kind === 'symbol' ? token.value : '';
    if (sign === ')' && depth === 0) break;
    if (sign === ',' && depth === 0) {
      parts.push([]);
      continue;
    }
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
    parts.at(-1)?.push(token);
  }
  return parts;
}
