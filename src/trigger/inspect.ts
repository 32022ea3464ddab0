import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import type { RoleSetting } from '../model/role-settings.js';
import { names } from './migration.js';
import { readSource } from './notifications.js';

const eventTriggersSql = readSql(import.meta.url, './event_triggers.sql');
const calledFunctionsSql = readSql(import.meta.url, './called_functions.sql');
const surroundingsSql = readSql(import.meta.url, './surroundings.sql');

/** An event trigger, of whomever, and the function that it runs. */
export interface EventTrigger {
  name: string;
  event: string;
  enabled: 'always' | 'origin' | 'replica' | 'disabled';
  tags: string[] | null;
  owner: string;
  ownerIsSuperuser: boolean;
  functionSchema: string;
  functionName: string;
  functionOwner: string;
  /** Of a function in C only the name of its symbol. */
  source: string;
  language: string;
  settings: string[];
  securityDefiner: boolean;
}

/** Whether `trigger` runs the function of ours, under whatever name. */
export function runsOurs({ functionSchema, functionName }: EventTrigger): boolean {
  return functionSchema === names.schema && functionName === names.function;
}

/** A function that is not PostgreSQL's own. */
export interface UserFunction {
  schema: string;
  name: string;
  language: string;
  source: string;
}

/** What the catalogs say about event triggers, and about us. */
export interface TriggerFacts {
  eventTriggers: EventTrigger[];
  /** Those that the functions of event triggers of others call, directly or not. */
  calledFunctions: UserFunction[];
  database: string;
  isStandby: boolean;
  eventTriggersOn: boolean;
  maxPreparedTransactions: number;
  /** Those that the trigger reads, for this database or all. */
  settings: RoleSetting[];
  role: string;
  isSuperuser: boolean;
  /** Null where there is no supautils, or we may not see its settings. */
  supautilsPrivilegedRole: string | null;
  supautilsReservedRoles: string | null;
  adminRoles: { name: string; isOurs: boolean }[];
}

/** Reads the facts. Throws what node-postgres throws. */
export async function inspectTrigger(client: pg.Pool | pg.PoolClient): Promise<TriggerFacts> {
  const { rows: eventTriggers } = await client.query<EventTrigger>(eventTriggersSql);
  const calledFunctions = await findCalled(
    client,
    eventTriggers.filter((trigger) => !runsOurs(trigger)),
  );
  const surroundings = await client.query<Omit<TriggerFacts, 'eventTriggers' | 'calledFunctions'>>(surroundingsSql);
  const facts = surroundings.rows[0];
  if (facts === undefined) throw new Error('surroundings.sql returned no row.');
  return { eventTriggers, calledFunctions, ...facts };
}

// Longer chains of calls are not followed.
const maxLinks = 5;

/** What `callers` call, and what that calls, as far as the text tells; one query for each link of the chain. */
async function findCalled(
  client: pg.Pool | pg.PoolClient,
  callers: readonly Pick<UserFunction, 'source'>[],
): Promise<UserFunction[]> {
  const found: UserFunction[] = [];
  const asked = new Set<string>();
  for (let link = 0, newest = callers; link < maxLinks; link++) {
    const called = newest.flatMap(({ source }) => readSource(source).calls.map(({ name }) => name));
    const unasked = [...new Set(called)].filter((name) => !asked.has(name));
    if (unasked.length === 0) break;
    for (const name of unasked) asked.add(name);
    const { rows } = await client.query<UserFunction>(calledFunctionsSql, [unasked]);
    found.push(...rows);
    newest = rows;
  }
  return found;
}
