import { qualify } from '../../model/identifier.js';
import type { Code, Facts } from '../facts.js';

/** Whether `name` stands in the text of `item`, as a word of its own. */
export function holds({ text }: Code, name: string): boolean {
  if (text === null || name === '') return false;
  const [whole, wanted] = [text.toLowerCase(), name.toLowerCase()];
  const isPart = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}_$]/u.test(character);
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) {
    if (!isPart(whole[at - 1]) && !isPart(whole[at + wanted.length])) return true;
  }
  return false;
}

/** The code that holds all of `names`; of what the request leads to, else of any function. */
export function holdersOf({ code = [], mentions = [] }: Facts, names: readonly string[]): Code[] {
  if (names.length === 0) return [];
  const inCode = code.filter((item) => names.every((name) => holds(item, name)));
  if (inCode.length > 0) return inCode;
  const partly = code.filter((item) => holds(item, names[0] ?? ''));
  return partly.length > 0 ? partly : mentions;
}

/** Whether the message stands in what the request leads to: one of RAISE does, as long as nothing is put into it. */
export function isRaisedIn(message: string, facts: Facts): boolean {
  return holdersOf({ ...facts, mentions: [] }, [message.trim()]).length > 0;
}

/** What an item of code is called in a sentence. */
export function labelOf({ kind, schema, name, onSchema, on, arguments: list }: Code): string {
  const place = onSchema === null || on === null ? '' : qualify(onSchema, on);
  switch (kind) {
    case 'function':
      return `function ${qualify(schema, name)}(${list ?? ''})`;
    case 'trigger':
      return `trigger ${qualify(name)} on ${place} (function ${list})`;
    case 'view':
      return `view ${qualify(schema, name)}`;
    case 'default':
      return `default of ${place}.${qualify(name)}`;
    default:
      return `${kind} ${qualify(name)} on ${place}`;
  }
}
