import { qualify } from '../model/identifier.js';
import { Budget } from './budget.js';
import { tokensOf } from './lexer.js';
import { type Call, type Sending, type SourceReading, unknownSending } from './notifications.js';

/** A function that is not PostgreSQL's own. */
export interface UserFunction {
  oid: number;
  schema: string;
  name: string;
  language: string;
  /** Null where it is too long to be read. */
  source: string | null;
  /** The schemas of its own search path; undefined where it runs under that of who calls it. */
  path: readonly string[] | undefined;
  /** No stranger owns its schema: a search path may well hold it. */
  isPlausible: boolean;
  /** Its schema has the name of the role that owns it: `$user` stands for it. */
  isOfUser: boolean;
  /** PostgreSQL has a function of this name. */
  isBuiltin: boolean;
}

/** A function that runs. */
export interface Running {
  schema: string;
  language: string;
  source: string | null;
  /** The schemas of the search path that it has, or has from who calls it; undefined for that of the session. */
  path: readonly string[] | undefined;
}

const pathSetting = 'search_path=';

/** The search path that a function has by its `settings`; undefined where it has none of its own. */
export function pathOf(settings: readonly string[]): readonly string[] | undefined {
  const own = settings.find((setting) => setting.startsWith(pathSetting));
  if (own === undefined) return undefined;
  return tokensOf(own.slice(pathSetting.length)).flatMap(({ kind, value }) => (kind === 'symbol' ? [] : [value]));
}

/** Where `caller` finds what it calls by `call`; a null schema is one that the session's search path may hold. */
export function placesOf({ schema, path }: Running, call: Call): (string | null)[] {
  if (call.schema !== null) return [call.schema];
  if (path === undefined) return [null, schema];
  return path.map((place) => (place === '$user' ? null : place));
}

/** Whether `call` may reach `target`. What PostgreSQL has a function of that name for reaches no schema behind its own. */
function reaches({ schema, path }: Running, call: Call, target: UserFunction): boolean {
  if (call.schema !== null) return target.schema === call.schema;
  if (path === undefined) return !target.isBuiltin && (target.isPlausible || target.schema === schema);
  const named = path.indexOf(target.schema);
  const at = named < 0 && target.isPlausible && target.isOfUser ? path.indexOf('$user') : named;
  return at >= 0 && (!target.isBuiltin || at < path.indexOf('pg_catalog'));
}

/** What is known of the functions that others call. */
export interface Known {
  functions: ReadonlyMap<string, readonly UserFunction[]>;
  /** Names of which not all functions are known. */
  incomplete: ReadonlySet<string>;
  /** There was too much to follow: of no name all functions are known. */
  isCut: boolean;
  read: (running: Pick<Running, 'language' | 'source'>) => SourceReading;
}

const readable = ['plpgsql', 'sql'];

/** The functions that `call` of `caller` may run. */
export function reachedBy(known: Known, caller: Running, call: Call): UserFunction[] {
  return (known.functions.get(call.name) ?? []).filter((target) => reaches(caller, call, target));
}

/** Whether what `target` does is in question: not where it cannot be read, unless `call` tells it to notify. */
export function isInQuestion({ language }: UserFunction, call: Call): boolean {
  return readable.includes(language) || call.mentionsNotify;
}

const maxSteps = 200_000;

/** What `start` sends, and what it calls; each function is followed once, or twice if calls to it are plain. */
export function sendingsOf(known: Known, start: Running): Sending[] {
  const found: Sending[] = [];
  try {
    follow(known, start, found, new Budget(maxSteps));
  } catch {
    found.push(unknownSending('what it calls is too much to be read'));
  }
  return found;
}

function follow(known: Known, start: Running, found: Sending[], budget: Budget): void {
  const seen = new Set<string>();
  const open: Step[] = [{ running: start, isPlain: true, prefix: '' }];
  for (const step of open) {
    const { sendings, calls } = known.read(step.running);
    budget.spend(sendings.length);
    for (const sending of sendings) {
      found.push({ ...sending, isCertain: sending.isCertain && step.isPlain, text: `${step.prefix}${sending.text}` });
    }
    const isCut = known.isCut || calls.some(({ name }) => known.incomplete.has(name));
    if (isCut && calls.length > 0) found.push(unknownSending(`${step.prefix}not all that it calls was read`));
    for (const next of calls.flatMap((call) => stepsOf(known, step, call, budget))) {
      const key = JSON.stringify([next.oid, next.running.path, next.isPlain]);
      budget.spend(key.length);
      if (!seen.has(key)) open.push(next);
      seen.add(key);
    }
  }
}

interface Step {
  running: Running;
  /** Only one function may have been called, at each link of the chain up to here. */
  isPlain: boolean;
  /** What stands before the text of what it sends. */
  prefix: string;
}

/** The functions that `call` may run next. */
function stepsOf(known: Known, { running, isPlain }: Step, call: Call, budget: Budget): (Step & { oid: number })[] {
  budget.spend(1 + (known.functions.get(call.name)?.length ?? 0));
  const targets = reachedBy(known, running, call);
  return targets
    .filter((target) => isInQuestion(target, call))
    .map((target) => ({
      oid: target.oid,
      running: { ...target, path: target.path ?? running.path },
      // Where several functions have the name, any of them may be called.
      isPlain: isPlain && call.isCertain && targets.length === 1,
      prefix: `${qualify(target.schema, target.name)}(): `,
    }));
}
