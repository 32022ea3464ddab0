import { argumentsAt, assignmentsTo, type Code, codeOf, expressionAt, isStart, valuesOf } from './expressions.js';
import { type Token, tokensOf } from './lexer.js';

/** One notification that a source sends, as far as its text says. */
export interface Sending {
  /** The channels that it may be for; undefined where the text does not say. */
  channels: readonly string[] | undefined;
  /** The payloads that it may have; undefined where the text does not say. */
  payloads: readonly string[] | undefined;
  /** It is a NOTIFY or pg_notify() with plain constants. */
  isCertain: boolean;
  /** The text that says so. */
  text: string;
}

/** A function that a source calls. */
export interface Call {
  /** Null where the name is not qualified. */
  schema: string | null;
  name: string;
  /** One of its arguments mentions NOTIFY. */
  mentionsNotify: boolean;
}

/** What the text of a function says about notifications. */
export interface SourceReading {
  sendings: Sending[];
  calls: Call[];
}

const maxText = 120;
const mention = /notify/i;

/** Reads SQL or PL/pgSQL; what stands only in strings and comments counts where EXECUTE runs it. */
export function readSource(source: string): SourceReading {
  const code = codeOf(tokensOf(source));
  const textOf = (part: readonly Token[]) => clip(source.slice(part[0]?.start, part.at(-1)?.end));
  const at = code.tokens.map((_token, index) => readAt(code, index, textOf));
  return { sendings: at.flatMap(({ sendings = [] }) => sendings), calls: at.flatMap(({ calls = [] }) => calls) };
}

type TextOf = (part: readonly Token[]) => string;

/** What begins at one token of `code`. */
function readAt(code: Code, index: number, textOf: TextOf): Partial<SourceReading> {
  const { tokens } = code;
  const { kind, value } = tokens[index] as Token;
  if (kind === 'word' && value === 'notify' && isStart(tokens[index - 1])) {
    return { sendings: notifyStatement(tokens.slice(index, index + 4), textOf) };
  }
  if (kind === 'word' && value === 'execute') {
    const expression = expressionAt(tokens, index + 1);
    const text = textOf(tokens.slice(index, index + 1 + expression.length));
    return { sendings: executes(code, expression).map((sending) => ({ ...sending, isCertain: false, text })) };
  }
  const isCall = (kind === 'word' || kind === 'name') && tokens[index + 1]?.value === '(';
  return isCall ? readCall(code, index, textOf) : {};
}

function readCall(code: Code, index: number, textOf: TextOf): Partial<SourceReading> {
  const { tokens } = code;
  const name = tokens[index]?.value ?? '';
  const schema = tokens[index - 1]?.value === '.' ? (tokens[index - 2]?.value ?? null) : null;
  const parts = argumentsAt(tokens, index + 2);
  if (name !== 'pg_notify' || (schema !== null && schema !== 'pg_catalog')) {
    return { calls: [{ schema, name, mentionsNotify: parts.flat().some(mentions) }] };
  }
  const text = textOf(tokens.slice(index, index + 2 + parts.flat().length + parts.length));
  return { sendings: [notifyCall(code, parts, text)] };
}

/** `statement` begins with NOTIFY. */
function notifyStatement(statement: readonly Token[], textOf: TextOf): Sending[] {
  const [notify, channel, comma, payload] = statement as [Token, ...(Token | undefined)[]];
  if (channel?.kind !== 'word' && channel?.kind !== 'name') return [];
  if (comma?.value !== ',' || payload?.kind !== 'string') {
    return [{ channels: [channel.value], payloads: [''], isCertain: true, text: textOf([notify, channel]) }];
  }
  const sent = { channels: [channel.value], payloads: [payload.value] };
  return [{ ...sent, isCertain: payload.isPlain, text: textOf([notify, payload]) }];
}

function notifyCall(code: Code, parts: readonly (readonly Token[])[], text: string): Sending {
  const [channel, payload] = parts.map((part) => valuesOf(code, part));
  const isCertain = channel?.isCertain === true && payload?.isCertain === true;
  return { channels: channel?.values, payloads: payload?.values, isCertain, text };
}

/** What an EXECUTE of `expression` may notify, which is what one of `variables` may hold. */
function executes(
  code: Code,
  expression: readonly Token[],
  variables: readonly string[] = [],
): Omit<Sending, 'text'>[] {
  const [first, ...others] = expression;
  // GRANT EXECUTE ON, and what a trigger is to execute.
  if (first?.kind === 'word' && ['on', 'function', 'procedure'].includes(first.value)) return [];
  if (first?.kind === 'string' && others.length === 0) return readSource(first.value).sendings;
  const unknown = [{ channels: undefined, payloads: undefined, isCertain: false }];
  if (expression.some(mentions)) return unknown;
  if (runsSomethingElse(expression)) return [];
  if (first === undefined || others.length > 0 || variables.includes(first.value)) return unknown;
  const assigned = assignmentsTo(code, first) ?? [];
  // What is appended to the variable itself runs with what was there before.
  const isAppended = ([head]: Token[]) => head?.kind === first.kind && head.value === first.value;
  if (assigned.every(isAppended)) return unknown;
  const tried = [...variables, first.value];
  return assigned.flatMap((part) => (isAppended(part) && !part.some(mentions) ? [] : executes(code, part, tried)));
}

/** Whether `expression` begins with the text of a statement that neither is a NOTIFY nor runs what follows it. */
function runsSomethingElse(expression: readonly Token[]): boolean {
  const leading = ['(', 'pg_catalog', '.', 'format', 'concat'];
  const head = expression.find(({ kind, value }) => kind === 'string' || !leading.includes(value));
  const [, word = '', rest = ''] =
    /^\s*([a-z_]+)[\s(]([\s\S]*)$/i.exec(head?.kind === 'string' ? head.value : '') ?? [];
  const runsMore =
    ['do', 'call'].includes(word.toLowerCase()) || (word.toLowerCase() === 'select' && /^\s*(%|$)/.test(rest));
  return word !== '' && !runsMore;
}

function mentions({ kind, value }: Token): boolean {
  return kind === 'string' && mention.test(value);
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= maxText ? line : `${line.slice(0, maxText)}…`;
}
