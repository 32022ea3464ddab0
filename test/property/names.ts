import fc from 'fast-check';

/** Names that something may take for syntax, or for another name. */
const odd = [
  'items', 'Items', 'ITEMS', 'id', 'Id', 'name', 'rpc', 'columns', 'select', 'order', 'limit', 'offset', 'and', 'or',
  'not', 'on_conflict', 'user', 'table', 'null', 'a.b', 'b.c', 'a', 'b', 'c', 'a b', ' a', 'a ', 'a/b', '/', '.', '..',
  '"', '""', `it's`, 'quo"te', '\\', '\\"', 'back\\slash', '%', '%20', '%s', '$1', '$$', ',', 'a,b', '(', ')', 'f()',
  'a(b)', 'a!b', 'a:b', 'a::b', 'a->b', 'a->>b', '*', 'a&b=c', '?', '#', '{', '}', '{a}', ':resno 1',
  'ünï', '☃', '日本語', '😀', 'e\u0301', '\u00e9', '\u200b', '\t', '\n', 'a\nb', '\u0001', '__proto__', 'constructor',
  'toString', '1', '0', '-1', 'true', '[]', 'text', 'integer', 'char', 'x[]', 'key', 'PRIMARY KEY', '63'.padEnd(63, 'x'),
  '☃'.repeat(21), '<pk/>', '--', '/*', ';', '&', '+', '@', '~', '|',
]; // biome-ignore format: one name a line would be a hundred lines

const fitsPostgres = (name: string) => name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63;

/** What PostgreSQL takes for a name. */
export const anyName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...odd) },
  { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 8 }).filter(fitsPostgres) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter(fitsPostgres) },
);

/** `name` in double quotes, whether it needs them or not. */
export function quoted(...names: string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}

export function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
