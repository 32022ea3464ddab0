import type { EventTrigger } from './inspect.js';

/** The kinds of DDL that change what PostgREST reads, with the tags that they fire under at `ddl_command_end`. */
const tagsOfKinds: Record<string, string> = {
  tables: 'CREATE TABLE, CREATE TABLE AS, SELECT INTO, ALTER TABLE, DROP TABLE',
  views: 'CREATE VIEW, ALTER VIEW, DROP VIEW',
  'materialized views': 'CREATE MATERIALIZED VIEW, ALTER MATERIALIZED VIEW, DROP MATERIALIZED VIEW',
  'foreign tables': 'CREATE FOREIGN TABLE, ALTER FOREIGN TABLE, DROP FOREIGN TABLE, IMPORT FOREIGN SCHEMA',
  functions: 'CREATE FUNCTION, ALTER FUNCTION, DROP FUNCTION',
  routines: 'ALTER ROUTINE, DROP ROUTINE',
  aggregates: 'CREATE AGGREGATE, ALTER AGGREGATE, DROP AGGREGATE',
  types: 'CREATE TYPE, ALTER TYPE, DROP TYPE',
  domains: 'CREATE DOMAIN, ALTER DOMAIN, DROP DOMAIN',
  casts: 'CREATE CAST, DROP CAST',
  schemas: 'CREATE SCHEMA, ALTER SCHEMA, DROP SCHEMA',
  triggers: 'CREATE TRIGGER, DROP TRIGGER',
  rules: 'CREATE RULE, DROP RULE',
  extensions: 'CREATE EXTENSION, ALTER EXTENSION, DROP EXTENSION',
  comments: 'COMMENT',
  'owned objects': 'DROP OWNED',
};

/** What an event trigger misses because of the event that it fires on, its WHEN TAG IN, and whether it is enabled. */
export function gapsOf({ event, tags, enabled }: Pick<EventTrigger, 'event' | 'tags' | 'enabled'>): string[] {
  return [...gapsOfEvent(event), ...(tags === null ? [] : [gapOfTags(event, tags)]), ...gapsOfFiring(enabled)];
}

function gapsOfEvent(event: string): string[] {
  if (event === 'login') return ['fires at logins, never on DDL'];
  if (event === 'table_rewrite') return ['fires only on ALTER TABLE and ALTER TYPE that rewrite a table'];
  if (event === 'sql_drop') return ['fires on drops only, not on what is created or altered'];
  return [];
}

/** Kinds of which nothing is listed go by their name, the others by the tags that are not. */
function gapOfTags(event: string, tags: readonly string[]): string {
  const missed = Object.entries(tagsOfKinds).flatMap(([kind, list]) => {
    const all = list.split(', ').filter((tag) => event !== 'sql_drop' || /^(DROP|ALTER TABLE)/.test(tag));
    const absent = all.filter((tag) => !tags.includes(tag));
    return absent.length === all.length && absent.length > 1 ? [kind] : absent;
  });
  return `fires on ${tags.join(', ')} only (WHEN TAG IN): misses ${missed.join(', ') || 'nothing that has a tag here'}`;
}

function gapsOfFiring(enabled: EventTrigger['enabled']): string[] {
  if (enabled === 'disabled') return ['is disabled: it never fires'];
  if (enabled === 'replica') return ['fires under session_replication_role = replica only'];
  return enabled === 'origin' ? ['does not fire under session_replication_role = replica'] : [];
}
