import type pg from 'pg';
import { readSql } from '../catalog/sql.js';

const eventTriggersSql = readSql(import.meta.url, './event_triggers.sql');
const surroundingsSql = readSql(import.meta.url, './surroundings.sql');

/** An event trigger, of whomever, and the function that it runs. */
export interface EventTrigger {
  name: string;
  event: string;
  enabled: 'always' | 'origin' | 'replica' | 'disabled';
  tags: string[] | null;
  owner: string;
  functionSchema: string;
  functionName: string;
  functionOwner: string;
  source: string;
  settings: string[];
  securityDefiner: boolean;
}

/** What the catalog says about event triggers. */
export interface TriggerFacts {
  eventTriggers: EventTrigger[];
  isStandby: boolean;
  eventTriggersOn: boolean;
  /** As set for the database; null where it is not. */
  channel: string | null;
}

/** Reads the facts, in two queries. Throws what node-postgres throws. */
export async function inspectTrigger(client: pg.Pool | pg.PoolClient): Promise<TriggerFacts> {
  const eventTriggers = await client.query<EventTrigger>(eventTriggersSql);
  const surroundings = await client.query<Omit<TriggerFacts, 'eventTriggers'>>(surroundingsSql);
  const facts = surroundings.rows[0];
  if (facts === undefined) throw new Error('surroundings.sql returned no row.');
  return { eventTriggers: eventTriggers.rows, ...facts };
}
