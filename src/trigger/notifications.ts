import { Budget } from './budget.js';
import { executedBy } from './executed.js';
import {
  argumentsAt,
  type Code,
  codeOf,
  expressionAt,
  isStart,
  mentionsNotify,
  type Range,
  valuesOf,
} from './expressions.js';
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
  /** It stands in the source itself, not in a string that the source executes. */
  isCertain: boolean;
}

/** What the text of a function says about notifications. */
export interface SourceReading {
  sendings: Sending[];
  calls: Call[];
}

/** In characters: longer sources are not read. */
export const maxSource = 50_000;
/** One for each character that is read and for each assignment that is followed: four times the longest source. */
export const maxSteps = 200_000;
const maxText = 120;

/** Something that may be any notification, because of `text`. */
export function unknownSending(text: string): Sending {
  return { channels: undefined, payloads: undefined, isCertain: false, text };
}

/**
 * Reads SQL or PL/pgSQL; what stands only in strings and comments counts where EXECUTE or DO runs it. It never throws: a
 * source that is too long, or takes more steps than `budget` has, may notify.
 */
export function readSource(source: string | null, budget = new Budget(maxSteps)): SourceReading {
  try {
    if (source !== null && source.length <= maxSource) return readTexts(source, budget);
  } catch {
    // It is as little known as what is too long.
  }
  return { sendings: [unknownSending('its code is too long or too involved to be read')], calls: [] };
}

/** A text that runs. */
interface Running {
  text: string;
  isCertain: boolean;
  /** What of the source runs it; undefined for the source itself. */
  evidence?: string;
}

interface Found {
  sendings?: Sending[];
  calls?: Call[];
  runs?: Running[];
}

function readTexts(source: string, budget: Budget): SourceReading {
  const sendings: Sending[] = [];
  const calls = new Map<string, Call>();
  const running: Running[] = [{ text: source, isCertain: true }];
  for (const run of running) {
    const found = readText(run, budget);
    for (const sending of certainWith(run, found.sendings)) sendings.push(sending);
    for (const next of certainWith(run, found.runs)) running.push(next);
    for (const call of certainWith(run, found.calls)) {
      calls.set(JSON.stringify([call.schema, call.name, call.mentionsNotify, call.isCertain]), call);
    }
  }
  return { sendings, calls: [...calls.values()] };
}

/** What is found in a text that only may run is no more certain than that. */
function certainWith<Item extends { isCertain: boolean }>(run: Running, items: readonly Item[]): Item[] {
  return items.map((item) => ({ ...item, isCertain: item.isCertain && run.isCertain }));
}

function readText({ text, evidence }: Running, budget: Budget): Required<Found> {
  budget.spend(text.length + 1);
  const code = codeOf(tokensOf(text));
  const { tokens } = code;
  const textOf: TextOf = ({ start, end }) =>
    evidence ?? clip(text, tokens[start]?.start, tokens[Math.min(end, tokens.length) - 1]?.end);
  const found = tokens.map((_token, index) => readAt(code, index, textOf, budget));
  return {
    sendings: found.flatMap(({ sendings = [] }) => sendings),
    calls: found.flatMap(({ calls = [] }) => calls),
    runs: found.flatMap(({ runs = [] }) => runs),
  };
}

type TextOf = (range: Range) => string;

/** What begins at one token of `code`. */
function readAt(code: Code, index: number, textOf: TextOf, budget: Budget): Found {
  const { tokens } = code;
  const { kind, value } = tokens[index] as Token;
  if (kind !== 'word' && kind !== 'name') return {};
  if (kind === 'word' && value === 'notify' && isStart(tokens[index - 1])) return notifyStatement(code, index, textOf);
  if (kind === 'word' && value === 'do' && isStart(tokens[index - 1])) return doStatement(code, index, textOf);
  if (kind === 'word' && value === 'execute') {
    const expression = expressionAt(code, index + 1);
    const { texts, isOpen } = executedBy(code, expression, budget);
    const evidence = textOf({ start: index, end: expression.end });
    const runs = texts.map((text) => ({ text, isCertain: false, evidence }));
    return { sendings: isOpen ? [unknownSending(evidence)] : [], runs };
  }
  return tokens[index + 1]?.kind === 'symbol' && tokens[index + 1]?.value === '('
    ? readCall(code, index, textOf, budget)
    : {};
}

function readCall(code: Code, index: number, textOf: TextOf, budget: Budget): Found {
  const { tokens, closings } = code;
  const name = tokens[index]?.value ?? '';
  const schema = tokens[index - 1]?.value === '.' ? (tokens[index - 2]?.value ?? null) : null;
  const before = tokens[schema === null ? index - 1 : index - 3];
  // GRANT ON FUNCTION, DROP PROCEDURE and the like only name it.
  if (before?.kind === 'word' && ['function', 'procedure', 'routine'].includes(before.value)) return {};
  const end = closings.get(index + 1) ?? tokens.length;
  if (name !== 'pg_notify' || (schema !== null && schema !== 'pg_catalog')) {
    const isMentioned = mentionsNotify(code, { start: index + 2, end });
    return { calls: [{ schema, name, mentionsNotify: isMentioned, isCertain: true }] };
  }
  const [channel, payload] = argumentsAt(code, index + 1)
    .slice(0, 2)
    .map((part) => valuesOf(code, part, budget));
  const isCertain = channel?.isCertain === true && payload?.isCertain === true;
  const text = textOf({ start: index, end: end + 1 });
  return { sendings: [{ channels: channel?.values, payloads: payload?.values, isCertain, text }] };
}

function notifyStatement({ tokens }: Code, index: number, textOf: TextOf): Found {
  const [channel, comma, payload] = tokens.slice(index + 1, index + 4);
  if (channel?.kind !== 'word' && channel?.kind !== 'name') return {};
  const channels = [channel.value];
  if (comma?.value !== ',' || payload?.kind !== 'string') {
    return {
      sendings: [{ channels, payloads: [''], isCertain: true, text: textOf({ start: index, end: index + 2 }) }],
    };
  }
  const text = textOf({ start: index, end: index + 4 });
  return { sendings: [{ channels, payloads: [payload.value], isCertain: payload.isPlain, text }] };
}

/** The code stands before or after its language, which is PL/pgSQL where none is named. */
function doStatement({ tokens }: Code, index: number, textOf: TextOf): Found {
  const words = tokens.slice(index + 1, index + 4);
  const named = words.findIndex(({ kind, value }) => kind === 'word' && value === 'language');
  const language = named < 0 ? 'plpgsql' : words[named + 1]?.value;
  const block = words.find(({ kind }, at) => kind === 'string' && (named < 0 || at !== named + 1));
  if (block === undefined) return {};
  const text = textOf({ start: index, end: index + 1 + words.indexOf(block) + 1 });
  if (language === 'plpgsql') return { runs: [{ text: block.value, isCertain: block.isPlain, evidence: text }] };
  return { sendings: /notify/i.test(block.value) ? [unknownSending(text)] : [] };
}

function clip(source: string, start = 0, end = start): string {
  // No more of it than is needed: many parts of one source may be long.
  const line = source.slice(start, Math.min(end, start + 10 * maxText)).replaceAll(/\s+/g, ' ');
  return line.length <= maxText ? line : `${line.slice(0, maxText)}…`;
}
