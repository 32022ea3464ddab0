import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const isQuery = /^\s*(--.*\n|\s)*(select|with)\b/i;

/**
 * Every query of ours in the sources of the folder `source`, by where it stands: the SQL files, and in the code what begins as a query.
 * Throws where one is put together of parts, which cannot be read off the code.
 */
export function queriesIn(source: string): Map<string, string> {
  const queries = new Map<string, string>();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const text = () => readFileSync(join(source, file), 'utf8');
    if (file.endsWith('.sql') && isQuery.test(text())) queries.set(file, text());
    if (file.endsWith('.ts')) for (const [place, sql] of queriesInCode(file, text())) queries.set(place, sql);
  }
  return queries;
}

function queriesInCode(file: string, code: string): [place: string, sql: string][] {
  const found: [string, string][] = [];
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      if (isQuery.test(node.text) && /\bselect\s+\S/i.test(node.text) && isSent(node)) found.push([place, node.text]);
    } else if (ts.isTemplateExpression(node) && isQuery.test(node.head.text) && isSent(node)) {
      throw new Error(`${place}: a query is put together there. Give it parameters instead.`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whether the text is the argument of a call, such as `client.query(text)`. */
function isSent({ parent }: ts.Node): boolean {
  return (
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    parent.expression.name.text === 'query'
  );
}
