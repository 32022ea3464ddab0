import type pg from 'pg';
import { readSql } from '../catalog/sql.js';
import type { RoleSetting } from '../model/role-settings.js';

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
  source: string;
  settings: string[];
  securityDefiner: boolean;
}

/** What the catalogs say about event triggers, and about us. */
export interface TriggerFacts {
  eventTriggers: EventTrigger[];
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

/** Reads the facts, in two queries. Throws what node-postgres throws. */
export async function inspectTrigger(client: pg.Pool | pg.PoolClient): Promise<TriggerFacts> {
  const eventTriggers = await client.query<EventTrigger>(eventTriggersSql);
  const surroundings = await client.query<Omit<TriggerFacts, 'eventTriggers'>>(surroundingsSql);
  const facts = surroundings.rows[0];
  if (facts === undefined) throw new Error('surroundings.sql returned no row.');
  return { eventTriggers: eventTriggers.rows, ...facts };
}
