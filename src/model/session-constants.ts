/** Types whose constants PostgreSQL prints by settings of the session: TimeZone, DateStyle, IntervalStyle, bytea_output … */
const printedBySession = [
  String.raw`timestamp(?:\(\d\))? with(?:out)? time zone`,
  String.raw`time(?:\(\d\))? with(?:out)? time zone`,
  String.raw`interval(?: [a-z ]+)?(?:\(\d\))?`,
  'date|bytea|money|real|double precision|point|line|lseg|box|path|polygon|circle',
  '(?:ts|tstz|date)(?:multi)?range',
].join('|');

const type = new RegExp(String.raw`^(?:${printedBySession})(?:\[\])*$`);
const constant = new RegExp(String.raw`'(?:[^']|'')*'::(${printedBySession})\b`, 'g');
// A row, or an array of rows, may hold any of them.
const row = /'(?:\{")?\((?:[^']|'')*'(?=::)/g;

/**
 * Whether two sessions may have printed the same default of a column of `type` (as `format_type()` writes it): both SQL
 * expressions as `pg_get_expr()` prints them, or what the OpenAPI document shows of them. Two constants of a type that is
 * printed by settings of the session may always be the same.
 */
export function mayBeSameDefault(one: string | null, other: string | null, columnType: string): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  if (type.test(columnType) && isConstant(one) && isConstant(other)) return true;
  return withoutSessionConstants(one) === withoutSessionConstants(other);
}

/** Whether a default of a type printed by session, shown without its cast, is no expression. */
function isConstant(shown: string): boolean {
  return /\d|infinity/.test(shown) && !/[a-z_]\(|::/i.test(shown);
}

function withoutSessionConstants(expression: string): string {
  return (
    expression
      .replaceAll(constant, `'…'::$1`)
      .replaceAll(row, `'(…)'`)
      // Doubled where standard_conforming_strings is off.
      .replaceAll('\\\\', '\\')
  );
}
