import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import { Budget, SpentError } from './budget.js';
import { maxSource, maxSteps, readSource, type Sending, type SourceReading, unknownSending } from './notifications.js';
import {
  isInQuestion,
  type Known,
  pathOf,
  placesOf,
  type Running,
  reachedBy,
  sendingsOf,
  type UserFunction,
} from './reach.js';

const calledFunctionsSql = readSql(import.meta.url, './called_functions.sql');

const limits = {
  /** Longer chains of calls may notify. */
  links: 10,
  /** For each link: names that are looked up, functions that are found, and the bytes of their code together. */
  names: 2_000,
  functions: 1_000,
  /** Functions of one name. */
  overloads: 50,
  bytes: 500_000,
  /** Over all sources of one status, and as many again to follow their calls. */
  steps: 500_000,
};

/** An event trigger, and the function that it runs. */
interface Trigger {
  name: string;
  functionSchema: string;
  language: string;
  source: string | null;
  settings: readonly string[];
}

/**
 * What each of `triggers` sends, and what its function calls, by the trigger's name; one query for each link of the chain
 * of calls. What is too much to be read may notify. Throws what node-postgres throws.
 */
export async function findSendings(
  client: pg.Pool | pg.PoolClient,
  triggers: readonly Trigger[],
): Promise<Map<string, Sending[]>> {
  const reader = createReader();
  const starts = new Map(triggers.map((trigger) => [trigger.name, runningOf(trigger)]));
  const known = await findCalled(client, [...starts.values()], reader);
  const found = new Map<string, Sending[]>();
  for (const [name, start] of starts) {
    found.set(name, sendingsOf(known, start));
    await setImmediate();
  }
  return found;
}

function runningOf({ functionSchema, language, source, settings }: Trigger): Running {
  return { schema: functionSchema, language, source, path: pathOf(settings) };
}

/** Reads each source once; all of them share a budget. Languages that cannot be read go by what they mention. */
function createReader(): Known['read'] {
  const total = new Budget(limits.steps);
  const readings = new Map<string, SourceReading>();
  return (running) => {
    const key = JSON.stringify([running.language, running.source]);
    const known = readings.get(key);
    if (known !== undefined) return known;
    const allowed = Math.min(maxSteps, total.left);
    const budget = new Budget(allowed);
    const reading = readFunction(running, budget);
    total.spend(allowed - budget.left);
    readings.set(key, reading);
    return reading;
  };
}

function readFunction({ language, source }: Pick<Running, 'language' | 'source'>, budget: Budget): SourceReading {
  if (language === 'plpgsql' || language === 'sql') return readSource(source, budget);
  if (language === 'c' || language === 'internal') {
    return { sendings: [unknownSending(`its function is written in C (${source}), and cannot be read`)], calls: [] };
  }
  const text = source === null ? 'is too long to be read' : 'mentions NOTIFY';
  const isSilent = source !== null && !/notify/i.test(source);
  return { sendings: isSilent ? [] : [unknownSending(`its function, in ${language}, ${text}`)], calls: [] };
}

/** The functions that `starts` reach by their calls. */
async function findCalled(
  client: pg.Pool | pg.PoolClient,
  starts: readonly Running[],
  read: Known['read'],
): Promise<Known> {
  const search = { functions: new Map<string, UserFunction[]>(), incomplete: new Set<string>(), isCut: false, read };
  try {
    await followCalls(client, starts, search);
  } catch (error) {
    if (!(error instanceof SpentError)) throw error;
    search.isCut = true;
  }
  return search;
}

/** What is known grows. */
type Search = Known & { functions: Map<string, UserFunction[]>; incomplete: Set<string> };

async function followCalls(client: pg.Pool | pg.PoolClient, starts: readonly Running[], search: Search): Promise<void> {
  const budget = new Budget(limits.steps);
  const asked = new Set<string>();
  const followed = new Set<string>();
  for (let link = 0, callers = starts; callers.length > 0; link++) {
    const isLast = link === limits.links;
    const wanted = await wantedBy(callers, search.read, asked, budget);
    await lookUp(client, search, wanted, isLast ? 0 : limits.names);
    for (const { key } of wanted) asked.add(key);
    callers = isLast ? [] : nextOf(search, callers, followed, budget);
  }
}

/** Adds to what is known the functions behind the first `count` of `wanted`; what is not looked up is incomplete. */
async function lookUp(
  client: pg.Pool | pg.PoolClient,
  search: Search,
  wanted: readonly Wanted[],
  count: number,
): Promise<void> {
  const looked = wanted.slice(0, count);
  const rows = looked.length === 0 ? [] : await findFunctions(client, looked);
  add(search.functions, rows);
  const isWhole = ({ name }: Wanted) => (search.functions.get(name)?.length ?? 0) < limits.overloads;
  const whole = new Set(rows.length < limits.functions ? looked.filter(isWhole) : []);
  for (const one of wanted) if (!whole.has(one)) search.incomplete.add(one.name);
}

interface Wanted {
  key: string;
  schema: string | null;
  name: string;
}

/** What `callers` call, and where it may be, as far as nobody asked for it. */
async function wantedBy(
  callers: readonly Running[],
  read: Known['read'],
  asked: ReadonlySet<string>,
  budget: Budget,
): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>();
  for (const caller of callers) {
    // To read one takes a while: others have their turn between two.
    await setImmediate();
    for (const call of read(caller).calls) {
      for (const schema of placesOf(caller, call)) {
        budget.spend(1);
        const key = JSON.stringify([schema, call.name]);
        if (!asked.has(key)) wanted.set(key, { key, schema, name: call.name });
      }
    }
  }
  return [...wanted.values()];
}

async function findFunctions(client: pg.Pool | pg.PoolClient, wanted: readonly Wanted[]): Promise<UserFunction[]> {
  const schemas = wanted.map(({ schema }) => schema);
  const names = wanted.map(({ name }) => name);
  const values = [schemas, names, maxSource, limits.bytes, limits.overloads, limits.functions];
  const { rows } = await client.query<UserFunction & { settings: string[] }>(calledFunctionsSql, values);
  return rows.map(({ settings, ...row }) => ({ ...row, path: pathOf(settings) }));
}

/** Adds those that are new: one function can be looked for in several ways. */
function add(functions: Map<string, UserFunction[]>, rows: readonly UserFunction[]): void {
  for (const row of rows) {
    const named = functions.get(row.name) ?? [];
    if (!named.some(({ oid }) => oid === row.oid)) functions.set(row.name, [...named, row]);
  }
}

/** Whom `callers` run, each once under a search path. */
function nextOf(known: Known, callers: readonly Running[], followed: Set<string>, budget: Budget): Running[] {
  const next: Running[] = [];
  for (const caller of callers) {
    for (const call of known.read(caller).calls) {
      budget.spend(1 + (known.functions.get(call.name)?.length ?? 0));
      for (const target of reachedBy(known, caller, call)) {
        const path = target.path ?? caller.path;
        const key = JSON.stringify([target.oid, path]);
        budget.spend(key.length);
        if (followed.has(key) || !isInQuestion(target, call)) continue;
        followed.add(key);
        next.push({ ...target, path });
      }
    }
  }
  return next;
}
