/**
 * The members of a JSON object that are called one of `names`, parsed; the others are skipped, so that of a large document
 * no more is kept than is needed. Throws SyntaxError where `text` is no JSON object, as far as it is looked at.
 */
export function parseMembers(text: string, names: ReadonlySet<string>): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  let name = '';
  let key = '';
  let from = 0;
  for (const { token, start, end } of outermostTokens(text)) {
    if (token === ':') {
      name = JSON.parse(key);
      from = end;
    } else if (token === ',' || token === '}') {
      if (from > 0 && names.has(name)) members[name] = JSON.parse(text.slice(from, start));
      if (token === '}') return members;
    } else {
      key = token;
    }
  }
  throw new SyntaxError('It is no JSON object.');
}

/** The strings, colons and commas of an object itself, not those of its members, and the brace that closes it. */
function* outermostTokens(text: string): Generator<{ token: string; start: number; end: number }> {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;
  let depth = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [token] = match;
    if (depth === 0 && token !== '{') return;
    const isBracket = token.length === 1 && token !== ':' && token !== ',';
    if (depth === 1 && (!isBracket || token === '}')) yield { token, start: match.index, end: tokens.lastIndex };
    if (isBracket) depth += token === '{' || token === '[' ? 1 : -1;
  }
}
