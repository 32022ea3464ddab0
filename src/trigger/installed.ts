import type { EventTrigger } from './inspect.js';
import { earlierMigrations, type Migration, migration, names } from './migration.js';

/** Ours among `eventTriggers`, in the order of their events; one or both may be missing. */
export function oursAmong(eventTriggers: readonly EventTrigger[]): EventTrigger[] {
  return [names.onChange, names.onDrop].flatMap((name) => eventTriggers.filter((trigger) => trigger.name === name));
}

/** The version whose code all of `installed` run; null where they do not agree, or there are none. */
export function installedVersion(installed: readonly EventTrigger[]): number | null {
  const [version = null, ...others] = new Set(installed.map((trigger) => versionOf(trigger)?.version ?? null));
  return others.length === 0 ? version : null;
}

/** The migration that leaves `trigger` as it is; undefined where none does. */
export function versionOf(trigger: EventTrigger): Migration | undefined {
  const isAsInstalled =
    trigger.event === (trigger.name === names.onDrop ? 'sql_drop' : 'ddl_command_end') &&
    trigger.tags === null &&
    trigger.functionSchema === names.schema &&
    trigger.functionName === names.function &&
    trigger.settings.join() === 'search_path=pg_catalog, pg_temp' &&
    !trigger.securityDefiner;
  if (!isAsInstalled) return undefined;
  return [migration, ...earlierMigrations].find(({ functionBody }) => functionBody === trigger.source);
}
