import { readFileSync } from 'node:fs';

/** The text of an SQL file beside `module` (its `import.meta.url`), read once when the module is loaded. */
export function readSql(module: string, file: string): string {
  return readFileSync(new URL(file, module), 'utf8');
}
