import type { Query } from '../../catalog/query.js';
import { readSql } from '../../lib/sql.js';
import type { Code } from '../facts.js';
import type { Request } from '../parse/request.js';

const codeSql = readSql(import.meta.url, './code.sql');
const mentionsSql = readSql(import.meta.url, './mentions.sql');

// Code calls code: a function that a trigger's function calls that a function fires.
const maxDepth = 4;
const maxItems = 200;
const maxWords = 2_000;
// What PostgreSQL runs for a method, by the letters of pg_policy.
const commandsOf: Record<string, string> = { GET: 'r', HEAD: 'r', POST: 'aw', PUT: 'aw', PATCH: 'w', DELETE: 'd' };

/**
 * Reads the code that may run for `request`: that of the function or of the relations that it names, and all that is
 * named in it in turn. What it names comes before what that calls.
 */
export async function lookUpCode(query: Query, schema: string, request: Request): Promise<Code[]> {
  const { target, embeds, method } = request;
  if (target === undefined) return [];
  const relations = target.kind === 'relation' ? [target.name, ...embeds.map(({ name }) => name)] : [];
  const functions = target.kind === 'routine' ? [target.name] : [];
  const commands = commandsOf[method] ?? 'arwd';
  const runs = (item: Code) => target.kind === 'routine' || [...item.commands].some((one) => commands.includes(one));
  const roots = (await query<Code>(codeSql, functions, relations)).filter(
    (item) => (item.onSchema ?? item.schema) === schema && runs(item),
  );
  const found = new Map(roots.map((item) => [`${item.kind} ${item.id}`, item]));
  let latest = roots;
  const asked = new Set([...functions, ...relations]);
  for (let depth = 1; depth < maxDepth && latest.length > 0 && found.size < maxItems; depth++) {
    const words = wordsIn(latest).filter((word) => !asked.has(word));
    for (const word of words) asked.add(word);
    latest = (await query<Code>(codeSql, words, words)).filter(({ kind, id }) => !found.has(`${kind} ${id}`));
    for (const item of latest) found.set(`${item.kind} ${item.id}`, item);
  }
  return [...found.values()].slice(0, maxItems);
}

/** Reads the functions that hold all of `names`, which nothing of the request leads to. */
export async function lookUpMentions(query: Query, names: readonly string[]): Promise<Code[]> {
  return names.length === 0 ? [] : query<Code>(mentionsSql, names);
}

/** What may be names in the texts: PostgreSQL folds them where they are not quoted. */
function wordsIn(items: readonly Code[]): string[] {
  const words = new Set<string>();
  for (const { text } of items) {
    for (const [word] of (text ?? '').matchAll(/[\p{L}_][\p{L}\p{N}_$]*/gu)) {
      words.add(word);
      words.add(word.toLowerCase());
    }
  }
  return [...words].slice(0, maxWords);
}
