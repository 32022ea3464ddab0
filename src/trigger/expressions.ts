import type { Budget } from './budget.js';
import type { Token } from './lexer.js';

/** Tokens by their indices; the one at `end` is no longer part of it. */
export interface Range {
  start: number;
  end: number;
}

/** The tokens of a source, and what is asked of them again and again, found once for all of them. */
export interface Code {
  tokens: readonly Token[];
  /** Where each name stands. */
  positions: ReadonlyMap<string, readonly number[]>;
  /** Where the parenthesis that opens at an index closes; one that is never closed is not in it. */
  closings: ReadonlyMap<number, number>;
  /** For each index, where the expression that begins there ends: at a semicolon, or the next part of its statement. */
  ends: readonly number[];
  /** For each index, where the next sign of an assignment is. */
  signs: readonly number[];
  /** For each index, where the text begins that an expression which begins there puts together. */
  heads: readonly number[];
  /** Whether a statement stores what it finds in the variable at an index: `into a, b`, `for a in`. */
  targets: readonly boolean[];
  /** How many strings that mention NOTIFY stand before an index. */
  mentions: readonly number[];
}

/** What an expression may come to; undefined where the text does not say. */
export interface Values {
  values: readonly string[] | undefined;
  /** It is a plain constant. */
  isCertain: boolean;
}

const leading = new Set(['(', 'pg_catalog', '.', 'format', 'concat']);
const signs = new Set([':=', '=', 'default']);
const beginsStatement = new Set(['begin', 'then', 'else', 'loop', 'atomic', '>', ';']);
const storing = new Set(['into', 'for', 'foreach', 'diagnostics']);

/** Takes time that grows with the number of `tokens`, whatever they are. */
export function codeOf(tokens: readonly Token[]): Code {
  return {
    tokens,
    positions: positionsOf(tokens),
    closings: closingsOf(tokens),
    ends: nextOf(tokens, endsExpression),
    signs: nextOf(tokens, ({ kind, value }) => kind !== 'string' && signs.has(value)),
    heads: nextOf(tokens, ({ kind, value }) => kind === 'string' || !leading.has(value)),
    targets: targetsOf(tokens),
    mentions: mentionsBefore(tokens),
  };
}

function positionsOf(tokens: readonly Token[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const [index, { kind, value }] of tokens.entries()) {
    if (kind !== 'word' && kind !== 'name') continue;
    const known = positions.get(value);
    if (known === undefined) positions.set(value, [index]);
    else known.push(index);
  }
  return positions;
}

function closingsOf(tokens: readonly Token[]): Map<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, value }] of tokens.entries()) {
    if (kind !== 'symbol') continue;
    if (value === '(') open.push(index);
    if (value !== ')') continue;
    const start = open.pop();
    if (start !== undefined) closings.set(start, index);
  }
  return closings;
}

/** For each index, the first one from there on whose token is `wanted`; how many tokens there are where there is none. */
function nextOf(tokens: readonly Token[], wanted: (token: Token) => boolean): number[] {
  const next = new Array<number>(tokens.length + 1).fill(tokens.length);
  for (let index = tokens.length - 1; index >= 0; index--) {
    next[index] = wanted(tokens[index] as Token) ? index : (next[index + 1] as number);
  }
  return next;
}

function endsExpression({ kind, value }: Token): boolean {
  return (kind === 'symbol' && value === ';') || (kind === 'word' && ['into', 'using', 'loop'].includes(value));
}

function targetsOf(tokens: readonly Token[]): boolean[] {
  let isTarget = false;
  return tokens.map((token) => {
    const isThis = isTarget;
    const isListed = token.kind === 'word' || token.kind === 'name' || [',', '.'].includes(token.value);
    if (token.kind === 'word' && storing.has(token.value)) isTarget = true;
    else if (!isListed || isStart(token)) isTarget = false;
    return isThis;
  });
}

function mentionsBefore(tokens: readonly Token[]): number[] {
  const before = [0];
  for (const { kind, value } of tokens) {
    before.push((before.at(-1) ?? 0) + (kind === 'string' && /notify/i.test(value) ? 1 : 0));
  }
  return before;
}

/** Whether a statement begins behind `before`. */
export function isStart(before: Token | undefined): boolean {
  return before === undefined || (before.kind !== 'string' && beginsStatement.has(before.value));
}

/** Whether a string in `range` mentions NOTIFY. */
export function mentionsNotify({ mentions }: Code, { start, end }: Range): boolean {
  return (mentions[end] ?? 0) > (mentions[start] ?? 0);
}

/** The expression that begins at `start`. */
export function expressionAt({ ends }: Code, start: number): Range {
  return { start, end: ends[start] ?? start };
}

/** What `expression` may come to: a constant, or a variable that `code` gives nothing but constants. */
export function valuesOf(code: Code, { start, end }: Range, budget: Budget): Values {
  const unknown = { values: undefined, isCertain: false };
  const [first, second] = code.tokens.slice(start, Math.min(end, start + 2));
  const isCast = second?.kind === 'symbol' && second.value === '::';
  if (first === undefined || (second !== undefined && !isCast)) return unknown;
  if (first.kind === 'string') return { values: [first.value], isCertain: first.isPlain };
  if (first.kind === 'word' && first.value === 'null') return { values: [''], isCertain: true };
  const values: string[] = [];
  for (const assigned of assignmentsTo(code, first, budget) ?? []) {
    const only = code.tokens[assigned.start];
    if (only?.kind !== 'string' || assigned.end !== assigned.start + 1) return unknown;
    values.push(only.value);
  }
  return values.length === 0 ? unknown : { values, isCertain: false };
}

/** What `code` assigns to `variable`; undefined where that is not all that it may hold. */
export function assignmentsTo(code: Code, variable: Token, budget: Budget): Range[] | undefined {
  const { tokens, targets } = code;
  const assigned: Range[] = [];
  for (const index of code.positions.get(variable.value) ?? []) {
    budget.spend(1);
    if (targets[index]) return undefined;
    const before = tokens[index - 1];
    if (!isStart(before) && before?.value !== 'declare') continue;
    const { end } = expressionAt(code, index);
    const sign = code.signs[index] ?? end;
    if (sign > index && sign < end) assigned.push({ start: sign + 1, end });
  }
  return assigned.length === 0 ? undefined : assigned;
}

/** The arguments of the call whose parenthesis opens at `open`. */
export function argumentsAt({ tokens, closings }: Code, open: number): Range[] {
  const last = closings.get(open) ?? tokens.length;
  const parts: Range[] = [];
  let start = open + 1;
  // What stands in parentheses of its own is passed over, so that no token is looked at for two calls.
  for (let at = start; at < last; at = (closings.get(at) ?? at) + 1) {
    const { kind, value } = tokens[at] as Token;
    if (kind !== 'symbol') continue;
    if (value === '(' && !closings.has(at)) break;
    if (value !== ',') continue;
    parts.push({ start, end: at });
    start = at + 1;
  }
  return [...parts, { start, end: last }];
}
