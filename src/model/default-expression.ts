/**
 * How PostgreSQL prints constants of these types hangs on settings of the session that asks: TimeZone, DateStyle,
 * IntervalStyle, bytea_output, extra_float_digits, lc_monetary. PostgREST's session has its own.
 */
const sessionTypes: [type: RegExp, isSame: (one: string, other: string) => boolean][] = [
  [/^(?:timestamp|time)\b|^date$|^(?:ts|tstz|date)(?:multi)?range$/, mayBeSameTime],
  [/^interval\b/, mayBeSameInterval],
  [/^bytea$/, isSameBytea],
  [/^(?:real|double precision|point|line|lseg|box|path|polygon|circle)$/, isSameInNumbers],
  [/^money$/, mayBeSameMoney],
];
const typeName = String.raw`(?:timestamp|time)(?:\(\d\))? with(?:out)? time zone|interval(?: [a-z ]+)?(?:\(\d\))?|date|bytea|money|real|double precision|point|line|lseg|box|path|polygon|circle|(?:ts|tstz|date)(?:multi)?range`;
const constant = new RegExp(
  String.raw`'((?:[^']|'')*)'::"?(${typeName}|(?:\w+|"[^"]+")\.(?:\w+|"[^"]+"))((?:\[\])*)`,
  'g',
);

/**
 * Whether two sessions may have printed the same default of a column of `type` (as `format_type()` writes it): both SQL
 * expressions as `pg_get_expr()` prints them, or what the OpenAPI document shows of them. Of constants that were printed in
 * different forms, such as `31.12.2020` and `2020-12-31`, that cannot be told: they may be the same.
 */
export function mayBeSameDefault(one: string | null, other: string | null, type: string): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  const [ours, theirs] = [shownConstant(one), shownConstant(other)];
  if (ours !== undefined && theirs !== undefined)
    return mayBeSameConstant(ours, theirs, type.replaceAll(/\[\]|"/g, ''));
  return mayBeSameExpression(one, other);
}

/** What the document shows of a constant: a JSON text that is no expression. */
function shownConstant(shown: string): string | undefined {
  if (!/^".*"$/s.test(shown) || /\w\(|::|\bCURRENT_|\bLOCALTIME/i.test(shown)) return undefined;
  return shown.slice(1, -1);
}

/** The same but for constants, of which those at the same place may be the same. */
function mayBeSameExpression(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((expression) => ({
    constants: [...expression.matchAll(constant)],
    // Where standard_conforming_strings is off backslashes are doubled.
    rest: expression.replaceAll(constant, `'…'::$2$3`).replaceAll('\\\\', '\\'),
  }));
  if (ours === undefined || theirs === undefined || ours.rest !== theirs.rest) return false;
  return ours.constants.every(([, text = '', type = ''], position) =>
    mayBeSameConstant(text, theirs.constants[position]?.[1] ?? '', type),
  );
}

function mayBeSameConstant(one: string, other: string, type: string): boolean {
  const [ours, theirs] = [one, other].map((text) => text.replaceAll('\\\\', '\\'));
  if (ours === undefined || theirs === undefined || ours === theirs) return true;
  const rule = sessionTypes.find(([pattern]) => pattern.test(type))?.[1];
  return rule === undefined ? mayBeSameRow(ours, theirs) : rule(ours, theirs);
}

const isoTime = /(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::?\d\d)?)/g;
// 31.12.2020, 12/31/2020, Thu 31 Dec, 2020 AD in words.
const otherStyle = /\d\.\d\d\.\d|\/|[A-Z][a-z]{2}\b/;

/** Times in ISO style are told apart, those with a zone by their instants; others may be the same. */
function mayBeSameTime(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((text) =>
    text.replaceAll(isoTime, (_, date, time, zone) => String(instantOf(date, time, zone))),
  );
  return ours === theirs || [one, other].some((text) => otherStyle.test(text));
}

function instantOf(date: string, time: string, zone: string): number | string {
  const [hours = '', minutes = '00'] = [zone.slice(0, 3), zone.slice(3).replace(':', '') || '00'];
  const instant = Date.parse(`${date}T${time}${hours}:${minutes}`);
  return Number.isNaN(instant) ? `${date} ${time}${zone}` : instant;
}

const postgresInterval = /^(?:[+-]?\d+ (?:year|mon|day)s? ?)*(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?$/;

/** Intervals in PostgreSQL's own style are told apart; others may be the same. */
function mayBeSameInterval(one: string, other: string): boolean {
  return ![one, other].every((text) => postgresInterval.test(text));
}

function isSameBytea(one: string, other: string): boolean {
  return hexOf(one) === hexOf(other);
}

/** `\x01ff`, or each byte as it is, with three octal digits, or a backslash that is doubled. */
function hexOf(text: string): string {
  if (text.startsWith('\\x')) return text.slice(2);
  return text.replaceAll(/\\(\d{3})|\\\\|./gs, (character, octal?: string) => {
    const code = octal === undefined ? character.codePointAt(0) : Number.parseInt(octal, 8);
    return (code ?? 0).toString(16).padStart(2, '0');
  });
}

const number = /[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

/** Numbers are the same in as many digits as the shorter one has. */
function isSameInNumbers(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((text) => ({
    numbers: text.match(number) ?? [],
    rest: text.replaceAll(number, '#'),
  }));
  if (ours === undefined || theirs === undefined || ours.rest !== theirs.rest) return false;
  return ours.numbers.every((text, position) => {
    const same = theirs.numbers[position] ?? '';
    const digits = Math.min(...[text, same].map(digitsOf));
    return Number(text).toPrecision(digits) === Number(same).toPrecision(digits);
  });
}

/** How many digits count, of a number that is not 0. */
function digitsOf(text: string): number {
  const digits = text.replace(/e.*/i, '').replaceAll(/\D/g, '').replace(/^0+/, '').length;
  // What toPrecision takes.
  return Math.min(Math.max(1, digits), 100);
}

function mayBeSameMoney(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((text) => text.replaceAll(/\d/g, ''));
  return ours !== theirs && one.replaceAll(/\D/g, '') === other.replaceAll(/\D/g, '');
}

/** A row, or several, of which one may hold a time or bytes. */
function mayBeSameRow(one: string, other: string): boolean {
  const holds = (text: string) => /^(?:\{")?\(/.test(text) && /\d:\d\d|\d\d[-./]\d\d|\\x|\\\d{3}/.test(text);
  return holds(one) && holds(other);
}
