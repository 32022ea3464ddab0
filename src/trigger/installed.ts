import { type EventTrigger, runsOurs } from './inspect.js';
import { earlierMigrations, type Migration, migration, names } from './migration.js';

const ourNames: readonly string[] = [names.onChange, names.onDrop];

/**
 * Ours among `eventTriggers`: what runs our function, whatever its name, and what has a name of ours, whatever it runs.
 * Those with a name of ours come first, in the order of their events.
 */
export function oursAmong(eventTriggers: readonly EventTrigger[]): EventTrigger[] {
  const named = ourNames.flatMap((name) => eventTriggers.filter((trigger) => trigger.name === name));
  return [...named, ...eventTriggers.filter((trigger) => runsOurs(trigger) && isRenamed(trigger))];
}

/** Whether one of ours has another name than the migration gives it. */
export function isRenamed({ name }: EventTrigger): boolean {
  return !ourNames.includes(name);
}

/** Which of ours `trigger` is: by its name, and by its event where it has another one. */
export function nameOf(trigger: EventTrigger): string {
  if (!isRenamed(trigger)) return trigger.name;
  return trigger.event === 'sql_drop' ? names.onDrop : names.onChange;
}

/** The version whose code all of `installed` run; null where they do not agree, or there are none. */
export function installedVersion(installed: readonly EventTrigger[]): number | null {
  const [version = null, ...others] = new Set(installed.map((trigger) => versionOf(trigger)?.version ?? null));
  return others.length === 0 ? version : null;
}

/** The migration that leaves `trigger` as it is, but for its name; undefined where none does. */
export function versionOf(trigger: EventTrigger): Migration | undefined {
  const isAsInstalled =
    trigger.event === (nameOf(trigger) === names.onDrop ? 'sql_drop' : 'ddl_command_end') &&
    trigger.tags === null &&
    runsOurs(trigger) &&
    trigger.settings.join() === 'search_path=pg_catalog, pg_temp' &&
    !trigger.securityDefiner;
  if (!isAsInstalled) return undefined;
  return [migration, ...earlierMigrations].find(({ functionBody }) => functionBody === trigger.source);
}
