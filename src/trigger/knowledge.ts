import { schemasIn } from '../model/schema-list.js';
import type { RoleSetting } from './inspect.js';

/** What the trigger takes from the settings of roles and the database, as its function does. */
export interface Knowledge {
  /** Null where nobody told it: then every schema counts as exposed. */
  exposedSchemas: string[] | null;
  channels: string[];
  /** What keeps it silent in every transaction. */
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
    silencers: settings.filter(({ name, value }) => name === 'pgrst_ops.notify' && ['off', 'sent'].includes(value)),
  };
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
