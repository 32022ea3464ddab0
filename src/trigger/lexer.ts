/** One token of SQL or PL/pgSQL. */
export interface Token {
  /** `word`: a keyword or name without quotes, `name`: one in double quotes, `symbol`: one character. */
  kind: 'word' | 'name' | 'string' | 'number' | 'symbol';
  /** What PostgreSQL reads: words in lower case, names and strings without quotes and escapes. */
  value: string;
  /** Of a string: written without escapes, so that whoever reads it sees what it says. */
  isPlain: boolean;
  /** Where it begins and ends in the source. */
  start: number;
  end: number;
}

const blank = /\s+|--[^\n\r]*/y;
const rules: readonly [Token['kind'], RegExp, (match: RegExpExecArray) => string, isPlain?: boolean][] = [
  ['string', /[eE]'((?:[^'\\]|''|\\[\s\S])*)(?:'|$)/y, ([, text = '']) => unescaped(text.replaceAll("''", "'")), false],
  [
    'string',
    /[uU]&'((?:[^']|'')*)(?:'|$)/y,
    ([, text = '']) => withoutUnicodeEscapes(text.replaceAll("''", "'")),
    false,
  ],
  ['name', /[uU]&"((?:[^"]|"")*)(?:"|$)/y, ([, text = '']) => withoutUnicodeEscapes(text.replaceAll('""', '"'))],
  ['string', /[bBxXnN]?'((?:[^']|'')*)(?:'|$)/y, ([, text = '']) => text.replaceAll("''", "'")],
  ['name', /"((?:[^"]|"")*)(?:"|$)/y, ([, text = '']) => text.replaceAll('""', '"')],
  ['string', /(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)([\s\S]*?)(?:\1|$)/y, ([, , text = '']) => text],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y, ([text]) => foldCase(text)],
  ['number', /\d[\w.]*/y, ([text]) => text],
  ['symbol', /:=|::|\|\||[\s\S]/y, ([text]) => text],
];

/**
 * Splits `source` into tokens, without comments. It takes any text: what is not closed ends with it. Strings in single
 * quotes are read as under `standard_conforming_strings = on`.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlanks(source, 0); at < source.length; ) {
    const token = tokenAt(source, at);
    const before = tokens.at(-1);
    // PostgreSQL joins strings that only white space with a line break parts.
    const continues = before?.kind === 'string' && token.kind === 'string' && source[at] === "'";
    if (continues && isLineBreak(source.slice(before.end, at))) {
      before.value += token.value;
      before.end = token.end;
    } else {
      tokens.push(token);
    }
    at = skipBlanks(source, token.end);
  }
  return tokens;
}

function isLineBreak(between: string): boolean {
  return between.includes('\n') && between.trim() === '';
}

/** As PostgreSQL folds names without quotes: only letters of ASCII. */
function foldCase(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function tokenAt(source: string, at: number): Token {
  for (const [kind, pattern, read, isPlain = true] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match !== null) return { kind, value: read(match), isPlain, start: at, end: pattern.lastIndex };
  }
  throw new Error('The last rule takes any character.');
}

function skipBlanks(source: string, from: number): number {
  for (let at = from; ; ) {
    blank.lastIndex = at;
    if (blank.test(source)) at = blank.lastIndex;
    else if (source.startsWith('/*', at)) at = endOfComment(source, at);
    else return at;
  }
}

/** Comments between slash and star can stand in each other. */
function endOfComment(source: string, start: number): number {
  const bound = /\/\*|\*\//g;
  bound.lastIndex = start;
  let depth = 0;
  for (let match = bound.exec(source); match !== null; match = bound.exec(source)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return bound.lastIndex;
  }
  return source.length;
}

const controls: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The text of a string that begins with E. */
function unescaped(text: string): string {
  const escapes = /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g;
  return text.replaceAll(escapes, (_all, short, long, hex, octal, character) => {
    if (character !== undefined) return controls[character] ?? character;
    return characterOf(octal === undefined ? Number.parseInt(short ?? long ?? hex, 16) : Number.parseInt(octal, 8));
  });
}

/** The text of a string or name that begins with U&; UESCAPE is not looked at. */
function withoutUnicodeEscapes(text: string): string {
  return text.replaceAll(/\\(?:([0-9a-f]{4})|\+([0-9a-f]{6})|(\\))/gi, (_all, short, long, backslash) =>
    backslash === undefined ? characterOf(Number.parseInt(short ?? long, 16)) : backslash,
  );
}

function characterOf(codePoint: number): string {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd';
}
