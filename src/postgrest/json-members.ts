/**
 * Returns a function that takes the text of a JSON object piece by piece, and returns what is left of each piece when of
 * the object's members only `names` are kept. So a large document that says little is never in memory as a whole.
 */
export function keepMembers(names: ReadonlySet<string>): (piece: string) => string {
  /** How many braces and brackets are open. */
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  /** The last string of the object itself, such as the name of a member. */
  let string = '';
  let isKept = false;
  let separator = '';
  let piece = '';
  /** Where what is kept begins in this piece. */
  let from = 0;

  const open = (quote: string): void => {
    isInString = true;
    if (!isKept) string = quote;
  };

  /** Takes a character of a string. */
  const spell = (character: string): void => {
    if (depth === 1 && !isKept) string += character;
    isInString = character !== '"' || isEscaped;
    isEscaped = character === '\\' && !isEscaped;
  };

  /** Takes a character between strings; returns the text that is complete with it. */
  const step = (character: string, position: number): string => {
    const before = depth;
    depth += depthChanges[character] ?? 0;
    if (before === 0) return character === '{' ? character : '';
    if (before > 1) return '';
    if (character === ':') return begin(position);
    return character === ',' || character === '}' ? end(character, position) : '';
  };

  const begin = (position: number): string => {
    isKept = names.has(parseString(string));
    if (!isKept) return '';
    from = position + 1;
    const start = `${separator}${string}:`;
    separator = ',';
    return start;
  };

  const end = (character: string, position: number): string => {
    const rest = isKept ? piece.slice(from, position) : '';
    isKept = false;
    return character === '}' ? `${rest}}` : rest;
  };

  return (next) => {
    piece = next;
    from = 0;
    let left = '';
    for (let position = 0; position < piece.length; position++) {
      const character = piece[position] as string;
      if (isInString) spell(character);
      else if (character === '"') open(character);
      else left += step(character, position);
    }
    return isKept ? left + piece.slice(from) : left;
  };
}

/** Empty where it is no JSON string. */
function parseString(text: string): string {
  try {
    return JSON.parse(text);
  } catch {
    return '';
  }
}

const depthChanges: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };
