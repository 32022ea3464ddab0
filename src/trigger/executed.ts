import type { Budget } from './budget.js';
import { argumentsAt, assignmentsTo, type Code, mentionsNotify, type Range } from './expressions.js';
import { type Token, tokensOf } from './lexer.js';

/** What an EXECUTE may run. */
export interface Executed {
  /** The texts that are known. */
  texts: readonly string[];
  /** It may run more than those. */
  isOpen: boolean;
}

const unknown: Executed = { texts: [], isOpen: true };
const nothing: Executed = { texts: [], isOpen: false };

/** A part of `code` that is executed; `isWhole` unless more text is appended to it. */
interface Part {
  range: Range;
  isWhole: boolean;
}

/** What an EXECUTE of `expression` may run: a text, what its variables hold, or something that the code does not say. */
export function executedBy(code: Code, expression: Range, budget: Budget): Executed {
  const parts: Part[] = [{ range: expression, isWhole: true }];
  const seen = new Set<string>();
  const known: Executed[] = [];
  for (const part of parts) {
    budget.spend(1);
    const variable = variableIn(code, part.range);
    if (variable === undefined) {
      known.push(textIn(code, part, budget));
      continue;
    }
    const key = `${part.isWhole} ${variable.value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const held = heldBy(code, variable, part.isWhole, budget);
    if (held === undefined) return unknown;
    for (const next of held) parts.push(next);
  }
  // Variables that hold nothing but each other say nothing.
  const isOpen = known.length === 0 || known.some((one) => one.isOpen);
  return { texts: known.flatMap(({ texts }) => texts), isOpen };
}

function variableIn({ tokens }: Code, { start, end }: Range): Token | undefined {
  const first = tokens[start];
  const isName = first?.kind === 'word' || first?.kind === 'name';
  return isName && end === start + 1 ? first : undefined;
}

/** What `code` gives `variable` to hold; undefined where it does not say. */
function heldBy(code: Code, variable: Token, isWhole: boolean, budget: Budget): Part[] | undefined {
  const assigned = assignmentsTo(code, variable, budget) ?? [];
  const isAppended = ({ start }: Range) =>
    code.tokens[start]?.kind === variable.kind && code.tokens[start]?.value === variable.value;
  const appended = assigned.filter(isAppended);
  const begun = assigned.filter((range) => !isAppended(range));
  if (begun.length === 0) return undefined;
  for (const range of appended) {
    if (mentionsNotify(code, range) || mayRunMore(stringsIn(code, range, budget), false, budget)) return undefined;
  }
  return begun.map((range) => ({ range, isWhole: isWhole && appended.length === 0 }));
}

/** What `part` runs, which is not one variable. */
function textIn(code: Code, { range, isWhole }: Part, budget: Budget): Executed {
  const first = code.tokens[range.start];
  // GRANT EXECUTE ON, and what a trigger is to execute.
  if (first?.kind === 'word' && ['on', 'function', 'procedure'].includes(first.value)) return nothing;
  if (isWhole && first?.kind === 'string' && range.end === range.start + 1)
    return { texts: [first.value], isOpen: false };
  if (mentionsNotify(code, range)) return unknown;
  const format = isWhole ? formatIn(code, range) : undefined;
  if (format !== undefined) return formatted(format, budget);
  const head = code.heads[range.start] ?? range.end;
  if (head >= range.end || code.tokens[head]?.kind !== 'string') return unknown;
  return mayRunMore(stringsIn(code, range, budget), true, budget) ? unknown : nothing;
}

function stringsIn({ tokens }: Code, { start, end }: Range, budget: Budget): string[] {
  budget.spend(end - start);
  return tokens.slice(start, end).flatMap(({ kind, value }) => (kind === 'string' ? [value] : []));
}

/** The first argument of format() where `range` is a call of it, and that is a constant. */
function formatIn(code: Code, { start, end }: Range): string | undefined {
  const { tokens } = code;
  const isQualified = tokens[start]?.value === 'pg_catalog' && tokens[start + 1]?.value === '.';
  const name = isQualified ? start + 2 : start;
  if (tokens[name]?.value !== 'format' || code.closings.get(name + 1) !== end - 1) return undefined;
  const [template] = argumentsAt(code, name + 1);
  const only = template !== undefined && template.end === template.start + 1 ? tokens[template.start] : undefined;
  return only?.kind === 'string' ? only.value : undefined;
}

const hole = /%(?:%|(?:\d+\$)?-?(?:\d+|\*(?:\d+\$)?)?([sIL]))/g;
const examples: Record<string, string> = { s: ' s ', I: '"i"', L: "''" };

/** What format() makes of `template`, with examples in its holes, unless they decide what else it runs. */
function formatted(template: string, budget: Budget): Executed {
  budget.spend(template.length);
  const holes = new Set([...template.matchAll(hole)].flatMap(([, kind]) => kind ?? []));
  const text = template.replaceAll(hole, (_all, kind?: string) => (kind === undefined ? '%' : (examples[kind] ?? '')));
  const first = tokensOf(template.slice(0, 200))[0];
  // A literal is nothing but a value, except as the code of a block.
  const isClosed = holes.size === 0 || (!holes.has('s') && !holes.has('I') && first?.value !== 'do');
  // A name in a statement without SELECT is one of a relation or column.
  const namesRelations = !holes.has('s') && changing.has(first?.value ?? '') && !/\bselect\b/i.test(template);
  if (isClosed || namesRelations || !mayRunMore([template], true, budget)) return { texts: [text], isOpen: false };
  return unknown;
}

const changing = new Set(['insert', 'update', 'delete', 'merge']);

// What calls no function, whatever stands in the place of names and values.
const harmless = new Set(
  `alter analyze cluster comment create discard drop grant import lock reassign refresh reindex release reset revoke
   rollback savepoint security set truncate vacuum`.split(/\s+/),
);

/** Whether what is put together of `pieces` may be a statement that calls a function; the first `begins` one. */
function mayRunMore(pieces: readonly string[], begins: boolean, budget: Budget): boolean {
  return pieces.some((piece, index) => {
    budget.spend(piece.length);
    const tokens = tokensOf(piece);
    return tokens.some((token, at) => {
      const before = tokens[at - 1];
      const isFirst = before === undefined ? begins && index === 0 : before.kind === 'symbol' && before.value === ';';
      return isFirst && !(token.kind === 'word' && harmless.has(token.value));
    });
  });
}
