import type { Reported } from './reported.js';
import { queryOf, type Target, targetOf } from './request-path.js';

/** A resource that is embedded in `select`. */
export interface Embed {
  /** A relation, foreign key, column or computed relationship. */
  name: string;
  hint: string | undefined;
  /** What it is embedded in; undefined for the target of the request. */
  within: Embed | undefined;
}

/** What a request names, as far as its method and path say it. */
export interface Request {
  method: string;
  target: Target | undefined;
  embeds: Embed[];
  /** Columns of the target that are selected, filtered, ordered or written. */
  columns: string[];
  onConflict: string[];
  /** Whether rows are filtered: the request compares values then. */
  isFiltered: boolean;
  /** Whether the new rows are wanted back. */
  isSelecting: boolean;
}

const maxEmbeds = 20;
const maxColumns = 200;

/** Reads what the request of `reported` names. */
export function readRequest({ code, message, method, path }: Reported): Request {
  const target = path === '' ? calledIn(code, message) : targetOf(path);
  const query = queryOf(path);
  const select = splitList(query.get('select') ?? '');
  const embeds: Embed[] = [];
  const own = readSelected(select, undefined, embeds);
  const filtered = [...query.keys()].filter((key) => !isReserved(key) && !key.includes('.'));
  const isFilter = (key: string) => target?.kind === 'relation' && !isReserved(key);
  return {
    method,
    target,
    embeds,
    columns: [...own, ...filtered, ...splitList(query.get('columns') ?? '').map(unquote)].slice(0, maxColumns),
    onConflict: splitList(query.get('on_conflict') ?? '').map(unquote),
    isFiltered: [...query.keys()].some((key) => isFilter(key) || /^(not\.)?(and|or)$/.test(key)),
    isSelecting: query.has('select'),
  };
}

/** PostgREST alone calls functions with their schema and with the names of all arguments. */
function calledIn(code: string, message: string): Target | undefined {
  if (!/^(42883|42725)$/.test(code)) return undefined;
  const call = /^function [^.(]+\.([^.(]+)\((.+ => .+)\) (?:does not exist|is not unique)$/s.exec(message);
  return call?.[1] === undefined ? undefined : { kind: 'routine', name: call[1], argumentNames: [] };
}

function isReserved(key: string): boolean {
  return /^(select|order|limit|offset|columns|on_conflict|(not\.)?(and|or))$/.test(key) || key.includes('.');
}

/** Adds the embedded resources of `items` to `embeds`; returns the columns among them. */
function readSelected(items: readonly string[], within: Embed | undefined, embeds: Embed[]): string[] {
  const columns: string[] = [];
  for (const item of items) {
    const opening = openingOf(item);
    if (opening === undefined || !item.endsWith(')')) {
      columns.push(columnOf(item));
      continue;
    }
    if (embeds.length >= maxEmbeds) break;
    const [name = '', ...hints] = item
      .slice(0, opening)
      .replace(/^\.\.\./, '')
      .split('!');
    const hint = hints.find((each) => !/^(inner|left)$/.test(each));
    // An aggregate is none.
    if (/\.(sum|avg|count|max|min)$/.test(name) || name === 'count') continue;
    const embed = { name: unquote(withoutAlias(name)), hint: hint === undefined ? undefined : unquote(hint), within };
    embeds.push(embed);
    readSelected(splitList(item.slice(opening + 1, -1)), embed, embeds);
  }
  return columns;
}

/** `alias:column->json::cast` without all that is not the column. */
function columnOf(item: string): string {
  const bare = withoutAlias(item);
  return bare.startsWith('"') ? unquote(bare) : (bare.split(/->|::|\./)[0] ?? '');
}

function withoutAlias(item: string): string {
  return /^(?:"(?:[^"\\]|\\.)*"|[^:"]*):(?!:)(.*)$/s.exec(item)?.[1] ?? item;
}

function unquote(name: string): string {
  const trimmed = name.trim();
  return trimmed.startsWith('"') && trimmed.endsWith('"') && trimmed.length > 1
    ? trimmed.slice(1, -1).replaceAll(/\\(.)/gs, '$1')
    : trimmed;
}

/** Where the first parenthesis outside of quotes is. */
function openingOf(item: string): number | undefined {
  let isQuoted = false;
  for (let at = 0; at < item.length; at++) {
    if (item[at] === '\\' && isQuoted) at++;
    else if (item[at] === '"') isQuoted = !isQuoted;
    else if (item[at] === '(' && !isQuoted) return at;
  }
  return undefined;
}

/** Parts a list at the commas that stand neither in quotes nor in parentheses. */
function splitList(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  for (let at = 0; at < list.length; at++) {
    const character = list[at];
    if (character === '\\' && isQuoted) at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      items.push(list.slice(from, at));
      from = at + 1;
    }
  }
  items.push(list.slice(from));
  return items.map((item) => item.trim()).filter((item) => item !== '');
}
