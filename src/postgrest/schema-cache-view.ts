import { groupBy } from '../lib/maps.js';
import { type MediaHandler, type Model, mediaHandlerKey, type Routine } from '../model/model.js';
import { countedMediaType, type SchemaCache } from './schema-cache.js';

// PostgREST's db-hoisted-tx-settings, unless it is told otherwise.
const hoistedSettings = ['statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation'];

/** `catalog` without what the version that wrote `cache` leaves out: what is left differs only where both differ. */
export function asSchemaCacheShows(catalog: Model, cache: SchemaCache): Model {
  const kept = new Set(hoistedSettings);
  for (const { settings } of cache.model.routines.values()) for (const name of settings.keys()) kept.add(name);
  const shown = (routine: Routine): Routine => {
    const { isolationLevel: _, ...rest } = routine;
    return cache.hasIsolationLevels ? routine : rest;
  };
  return {
    ...withRoutines(catalog, (routine) => shown(withSettings(routine, kept))),
    ...(cache.hasMediaHandlers ? asCounted(catalog) : { mediaHandlers: new Map() }),
  };
}

/** The handlers by the media types that PostgREST counts them for; of several for the same it takes any. */
function asCounted({ mediaHandlers, uncertain }: Model): Pick<Model, 'mediaHandlers' | 'uncertain'> {
  const counted = [...mediaHandlers.values()].map((handler): MediaHandler => {
    const [mediaType, resolvedMediaType] = [handler.mediaType, handler.resolvedMediaType].map(countedMediaType);
    return { ...handler, ...(mediaType && { mediaType }), ...(resolvedMediaType && { resolvedMediaType }) };
  });
  const groups = [...groupBy(counted, mediaHandlerKey)];
  const several = groups.filter(([, { length }]) => length > 1).map(([key]) => key);
  return {
    mediaHandlers: new Map(groups.flatMap(([key, [first]]) => (first === undefined ? [] : [[key, first] as const]))),
    uncertain: new Set([...uncertain, ...several]),
  };
}

/** `catalog` without the settings of functions that PostgREST leaves to PostgreSQL, unless it is told otherwise. */
export function withoutPlainSettings(catalog: Model): Model {
  const kept = new Set(hoistedSettings);
  return withRoutines(catalog, (routine) => withSettings(routine, kept));
}

function withRoutines(model: Model, change: (routine: Routine) => Routine): Model {
  return { ...model, routines: new Map([...model.routines].map(([key, routine]) => [key, change(routine)])) };
}

function withSettings(routine: Routine, kept: ReadonlySet<string>): Routine {
  return { ...routine, settings: new Map([...routine.settings].filter(([name]) => kept.has(name))) };
}
