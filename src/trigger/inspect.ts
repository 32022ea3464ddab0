import type pg from 'pg';
import { readSql } from '../lib/sql.js';
import type { RoleSetting } from '../model/role-settings.js';
import { findSendings } from './called.js';
import { names } from './migration.js';
import type { Sending } from './notifications.js';

const eventTriggersSql = readSql(import.meta.url, './event_triggers.sql');
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
  /** Of a function in C only the name of its symbol; null where it is too long to be read. */
  source: string | null;
  language: string;
  settings: string[];
  securityDefiner: boolean;
}

/** Whether `trigger` runs the function of ours, under whatever name. */
export function runsOurs({ functionSchema, functionName }: EventTrigger): boolean {
  return functionSchema === names.schema && functionName === names.function;
}

/** What the catalogs say about event triggers, and about us. */
export interface TriggerFacts {
  eventTriggers: EventTrigger[];
  /** What each event trigger of others sends, by its name; none where nobody asked. */
  sendings: ReadonlyMap<string, readonly Sending[]>;
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

/**
 * Reads the facts; of what event triggers of others send only `withOthers`, because that means to read code that they
 * wrote. Throws what node-postgres throws.
 */
export async function inspectTrigger(
  client: pg.Pool | pg.PoolClient,
  { withOthers = true }: { withOthers?: boolean } = {},
): Promise<TriggerFacts> {
  const { rows: eventTriggers } = await client.query<EventTrigger>(eventTriggersSql);
  const others = withOthers ? eventTriggers.filter((trigger) => !runsOurs(trigger)) : [];
  const sendings = await findSendings(client, others);
  const surroundings = await client.query<Omit<TriggerFacts, 'eventTriggers' | 'sendings'>>(surroundingsSql);
  const facts = surroundings.rows[0];
  if (facts === undefined) throw new Error('surroundings.sql returned no row.');
  return { eventTriggers, sendings, ...facts };
}
