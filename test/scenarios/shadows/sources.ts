import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const looksUp = /^\s*(--.*\n|\s)*(select|with)\b/i;
// Commands in which a name stands for no function, operator or type.
const namesNothing = /^(begin|commit|alter database|set local)\b/;

/** What is handed on to `query` and is none of its own: SQL that is read elsewhere, or a command made of names. */
const handedOn = new Set([
  'catalog/query.ts: sql',
  'postgres/transaction.ts: begin',
  'diagnose/lookup/privilege.ts: sql',
  "sandbox/sandbox.ts: await readFile(new URL('./schema.sql', import.meta.url), 'utf8')",
  'postgres/persistent-connection.ts: setUpSql(options.channels)',
  'trigger/trigger.ts: pinSearchPath',
  'trigger/trigger.ts: sql',
]);

/**
 * Every query of ours in the sources of the folder `source`, by where it stands: the SQL files, and what the code hands to
 * `query`. Throws where the code hands it something else than a text, an SQL file or what is known to be `handedOn`.
 */
export function queriesIn(source: string): Map<string, string> {
  const queries = new Map<string, string>();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const text = () => readFileSync(join(source, file), 'utf8');
    if (file.endsWith('.sql') && looksUp.test(text())) queries.set(file, text());
    if (file.endsWith('.ts')) for (const [place, sql] of queriesInCode(file, text())) queries.set(place, sql);
  }
  return queries;
}

/** The queries in the code of one file. Throws as `queriesIn` does. */
export function queriesInCode(file: string, code: string): [place: string, sql: string][] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const sqlFiles = [...code.matchAll(/^const (\w+) = readSql\(/gm)].map(([, name]) => name);
  return askedIn(source).flatMap((asked): [string, string][] => {
    const place = `${file}:${source.getLineAndCharacterOfPosition(asked.getStart()).line + 1}`;
    const text = ts.isStringLiteralLike(asked) ? asked.text : asked.getText();
    if (ts.isStringLiteralLike(asked) && looksUp.test(text)) return [[place, text]];
    const isKnown = ts.isStringLiteralLike(asked)
      ? namesNothing.test(text)
      : sqlFiles.includes(text) || handedOn.has(`${file}: ${text}`);
    if (!isKnown) throw new Error(`${place}: not a query that can be read off the code: ${text}`);
    return [];
  });
}

/** The first argument of each call of something named `query`. */
function askedIn(node: ts.Node): ts.Expression[] {
  const own = ts.isCallExpression(node) && isQuery(node.expression) ? node.arguments.slice(0, 1) : [];
  const inner: ts.Expression[] = [];
  ts.forEachChild(node, (child) => void inner.push(...askedIn(child)));
  return [...own, ...inner];
}

function isQuery(called: ts.Expression): boolean {
  return (ts.isPropertyAccessExpression(called) ? called.name.text : called.getText()) === 'query';
}
