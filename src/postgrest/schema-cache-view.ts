import type { Model, Routine } from '../model/model.js';
import type { SchemaCache } from './schema-cache.js';

// PostgREST's db-hoisted-tx-settings, unless it is told otherwise.
const hoistedSettings = ['statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation'];

/** `catalog` without what the version that wrote `cache` leaves out: what is left differs only where both differ. */
export function asSchemaCacheShows(catalog: Model, cache: SchemaCache): Model {
  const kept = new Set(hoistedSettings);
  for (const { settings } of cache.model.routines.values()) for (const name of settings.keys()) kept.add(name);
  const shown = (routine: Routine): Routine => {
    const { isolationLevel: _, ...rest } = routine;
    const settings = new Map([...routine.settings].filter(([name]) => kept.has(name)));
    return { ...(cache.hasIsolationLevels ? routine : rest), settings };
  };
  return {
    ...catalog,
    routines: new Map([...catalog.routines].map(([key, routine]) => [key, shown(routine)])),
    mediaHandlers: cache.hasMediaHandlers ? catalog.mediaHandlers : new Map(),
  };
}
