import { groupBy } from '../lib/maps.js';
import { readSql } from '../lib/sql.js';
import {
  type MediaHandler,
  mediaHandlerKey,
  type Parameter,
  type Representation,
  type Routine,
} from '../model/model.js';
import type { Query } from './query.js';

const routinesSql = readSql(import.meta.url, './routines.sql');
const representationsSql = readSql(import.meta.url, './representations.sql');
const mediaHandlersSql = readSql(import.meta.url, './media_handlers.sql');

interface RoutineRow {
  schema: string;
  name: string;
  parameters: Parameter[];
  returnSchema: string;
  returnName: string;
  returnsSet: boolean;
  returnsComposite: boolean;
  returnsAlias: boolean;
  volatility: Routine['volatility'];
  isVariadic: boolean;
  settings: string[];
  description: string | null;
}

interface MediaHandlerRow {
  handlerSchema: string;
  handlerName: string;
  targetSchema: string;
  targetName: string;
  isAny: boolean;
  mediaType: string;
  resolvedMediaType: string;
}

/** What is read, and what of it PostgREST may have or not. */
export interface Read<Item> {
  certain: Item[];
  uncertain: Item[];
}

/** Reads the functions of `schemas`, or those of them called `name`. */
export async function readRoutines(query: Query, schemas: readonly string[], name?: string): Promise<Routine[]> {
  return (await query<RoutineRow>(routinesSql, schemas, name ?? null)).map(toRoutine);
}

/** Reads the representations that `authenticator`, the role that PostgREST connects as, may use. */
export async function readRepresentations(
  query: Query,
  authenticator: string | undefined,
): Promise<Read<Representation>> {
  const rows = await query<Representation & { executable: boolean | null }>(representationsSql, authenticator ?? null);
  const those = (wanted: boolean | null) =>
    rows.filter(({ executable }) => executable === wanted).map(({ executable: _, ...row }) => row);
  return { certain: those(true), uncertain: those(null) };
}

/** Reads the media type handlers of `schemas`; of several for the same, PostgREST takes any. */
export async function readMediaHandlers(query: Query, schemas: readonly string[]): Promise<Read<MediaHandler>> {
  const handlers = (await query<MediaHandlerRow>(mediaHandlersSql, schemas)).map(toMediaHandler);
  const groups = [...groupBy(handlers, mediaHandlerKey).values()];
  return {
    certain: groups.filter(({ length }) => length === 1).flat(),
    uncertain: groups.filter(({ length }) => length > 1).flat(),
  };
}

function toRoutine(row: RoutineRow): Routine {
  const settings = new Map(
    row.settings.map((setting): [string, string] => {
      const end = setting.indexOf('=');
      return [setting.slice(0, end), setting.slice(end + 1).toLowerCase()];
    }),
  );
  const isolationLevel = settings.get('default_transaction_isolation') ?? null;
  return {
    schema: row.schema,
    name: row.name,
    parameters: row.parameters,
    returns: {
      type: { schema: row.returnSchema, name: row.returnName },
      isSet: row.returnsSet,
      isComposite: row.returnsComposite,
      isCompositeAlias: row.returnsComposite && row.returnsAlias,
    },
    volatility: row.volatility,
    isVariadic: row.isVariadic,
    settings,
    isolationLevel,
    description: row.description,
  };
}

function toMediaHandler(row: MediaHandlerRow): MediaHandler {
  return {
    target: row.isAny ? null : { schema: row.targetSchema, name: row.targetName },
    mediaType: row.mediaType,
    resolvedMediaType: row.resolvedMediaType,
    handler: { schema: row.handlerSchema, name: row.handlerName },
  };
}
