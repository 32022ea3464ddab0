import { type RoleSetting, settingsFor } from '../model/role-settings.js';
import { schemasIn } from '../model/schema-list.js';

/** What the trigger takes from the settings of roles and the database, as its function does. */
export interface Knowledge {
  /** Null where nobody told it: then every schema counts as exposed. */
  exposedSchemas: string[] | null;
  channels: string[];
  /** What keeps it silent in every transaction of somebody. */
  silencers: RoleSetting[];
}

/** Reads the knowledge off the settings; several roles' values add up, because the trigger serves every PostgREST. */
export function knowledgeOf(settings: readonly RoleSetting[]): Knowledge {
  const valuesOf = (wanted: string) => settings.filter(({ name }) => name === wanted).map(({ value }) => value);
  const schemas = valuesOf('pgrst.db_schemas').flatMap(schemasIn);
  const exposedSchemas = unique(schemas.filter((name) => name !== ''));
  const channels = valuesOf('pgrst.db_channel');
  return {
    exposedSchemas: exposedSchemas.length === 0 ? null : exposedSchemas,
    channels: channels.length === 0 ? ['pgrst'] : unique(channels),
    silencers: silencersAmong(settings),
  };
}

/** For each role, and for all others together: what silences it, with what would once that is reset. */
function silencersAmong(settings: readonly RoleSetting[]): RoleSetting[] {
  const roles = unique(settings.map(({ role }) => role));
  return roles.flatMap((role) => {
    const own = settingsFor(settings, 'pgrst_ops.notify', role).filter((setting) => setting.role === role);
    const firstOther = own.findIndex(({ value }) => !['off', 'sent'].includes(value));
    return firstOther < 0 ? own : own.slice(0, firstOther);
  });
}

function unique<Value>(values: Value[]): Value[] {
  return [...new Set(values)];
}
