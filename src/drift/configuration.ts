import { distance } from 'fastest-levenshtein';
import type { Configuration, PgrstSetting } from '../catalog/configuration.js';
import { isAtLeast } from '../lib/version.js';
import { quoteIdentifier } from '../model/identifier.js';
import { type RoleSetting, resetSql, setSql, settingOfPostgrest } from '../model/role-settings.js';
import { noSchema, schemasIn } from '../model/schema-list.js';
import type { Finding } from './finding.js';
import { knownSettings, whyIgnored } from './settings-by-version.js';

const mostDistance = 3;

/** PostgREST's side of its configuration. */
export interface ConfigurationSide {
  /** Such as `12.2.12`; empty where it is not known. */
  version: string;
  /** The schemas that it exposes. */
  exposed: readonly string[];
  /** Whether it says so itself: others may name what it has not taken up. */
  tellsExposed: boolean;
  /** Whether it says that it is not ready. */
  isNotReady: boolean;
}

/** What an instance has not taken up of its configuration in the database, or cannot. */
export function compareConfiguration(catalog: Configuration, side: ConfigurationSide): Finding[] {
  const { database, settings, schemas, extraSearchPath } = catalog;
  const { version, exposed } = side;
  const schemasSetting = settingOfPostgrest(placed(settings), 'pgrst.db_schemas', settings[0]?.role ?? '');
  return [
    ...changedSchemas(schemasSetting, exposed),
    ...settings.flatMap((setting) => uselessSetting(setting, database, version)),
    ...exposed
      .filter((schema) => !schemas.includes(schema))
      .map((schema) => missingSchema(schema, schemasSetting, database, side)),
    ...extraSearchPath
      .filter((schema) => schema !== '' && !schemas.includes(schema) && !exposed.includes(schema))
      .flatMap((schema) => missingInPath(schema, catalog, side)),
  ];
}

/** With the name as SQL has it. */
function placed(settings: readonly PgrstSetting[]): RoleSetting[] {
  return settings.map((setting) => ({ ...setting, name: `pgrst.${setting.name}` }));
}

function changedSchemas(setting: RoleSetting | undefined, exposed: readonly string[]): Finding[] {
  if (setting === undefined) return [];
  const configured = schemasIn(setting.value);
  if (configured.length === exposed.length && configured.every((schema) => exposed.includes(schema))) return [];
  return [
    {
      kind: 'changed_setting',
      object: 'pgrst.db_schemas',
      catalog: { schemas: configured },
      cache: { schemas: exposed },
      effect:
        '406 with PGRST106 on requests to a schema that is not exposed yet; one that is exposed no more still answers',
      remedy: `POST /schema/reload with {"config": true}, or notify pgrst, 'reload config'`,
    },
  ];
}

/** What is set to no effect; its value is not shown, which may be a secret under a misspelt name. */
function uselessSetting(setting: PgrstSetting, database: string, version: string): Finding[] {
  const { role, name } = setting;
  const reset = resetSql({ ...setting, name: `pgrst.${name}` }, database);
  const finding = { object: `pgrst.${name}`, catalog: { role }, cache: null };
  if (!knownSettings.includes(name)) {
    const guess = nearestTo(name);
    const remedy = guess === undefined ? reset : `${reset}; if pgrst.${guess} was meant, set that`;
    return [{ ...finding, kind: 'unknown_setting', effect: 'PostgREST ignores it without a word', remedy }];
  }
  const why = whyIgnored(name, version);
  // The event trigger takes its channel from there, see docs/trigger.md.
  if (why === undefined || name === 'db_channel') return [];
  const remedy = `set PGRST_${name.toUpperCase()} in the environment of PostgREST if it has that, and ${reset}`;
  return [{ ...finding, kind: 'ignored_setting', effect: `none: ${why}`, remedy }];
}

function nearestTo(name: string): string | undefined {
  const [nearest] = knownSettings
    .map((other) => ({ other, far: distance(other, name) }))
    .filter(({ far }) => far <= mostDistance)
    .sort((a, b) => a.far - b.far);
  return nearest?.other;
}

/**
 * Whether loads of this instance fail because of a finding of it: its version is known to need all schemas, and something
 * of the instance agrees that it has taken the missing one up.
 */
export function failsLoads({ kind, object, cache }: Finding, catalog: Configuration, side: ConfigurationSide): boolean {
  if (kind !== 'missing_schema' || !needsAllSchemas(side.version)) return false;
  return cache?.inExtraSearchPath === true ? hasInPath(object, catalog, side) : side.tellsExposed;
}

/** Our own setting is as PostgREST has it; that of the database PostgREST may not have taken up, or not read at all. */
function hasInPath(object: string, { ownSearchPath }: Configuration, { isNotReady }: ConfigurationSide): boolean {
  return isNotReady || ownSearchPath.some((schema) => quoteIdentifier(schema) === object);
}

function needsAllSchemas(version: string): boolean {
  return version !== '' && isAtLeast(version, '13');
}

function missingSchema(
  schema: string,
  setting: RoleSetting | undefined,
  database: string,
  { version, tellsExposed }: ConfigurationSide,
): Finding {
  return {
    kind: 'missing_schema',
    object: quoteIdentifier(schema),
    catalog: null,
    cache: { exposed: true },
    effect: effectOfMissing(version, tellsExposed),
    remedy: `${remedyForMissing(schema, setting, database)}, then POST /schema/reload with {"config": true}; a reload of the schema cache alone does not end it`,
  };
}

/** Before PostgREST 13 a search path may hold what does not exist, and where the version is not known it may be one of those. */
function missingInPath(schema: string, catalog: Configuration, side: ConfigurationSide): Finding[] {
  if (!needsAllSchemas(side.version)) return [];
  const object = quoteIdentifier(schema);
  return [
    {
      kind: 'missing_schema',
      object,
      catalog: null,
      cache: { inExtraSearchPath: true },
      effect: effectOfMissing(side.version, hasInPath(object, catalog, side)),
      remedy:
        'create the schema, or take it out of db-extra-search-path, then POST /schema/reload with {"config": true}; a reload of the schema cache alone does not end it',
    },
  ];
}

function effectOfMissing(version: string, isTakenUp: boolean): string {
  const [old, failing, keeping] = [
    '404 on requests to it; the other schemas are served',
    'every load of the schema cache fails, and all requests are answered with 503 PGRST002',
    'every load of the schema cache fails; the cache that it had is served on, and goes stale',
  ];
  const once = isTakenUp ? '' : 'once PostgREST takes it up, ';
  if (version === '') return `${once}before PostgREST 13: ${old}; from 13 on: ${failing}; from 16 on: ${keeping}`;
  if (!needsAllSchemas(version)) return `${once}${old}; from PostgREST 13 on every load of the schema cache fails`;
  return `${once}${isAtLeast(version, '16') ? keeping : failing}`;
}

/** What makes PostgREST expose only what there is, with SQL for the place where its setting stands. */
function remedyForMissing(schema: string, setting: RoleSetting | undefined, database: string): string {
  const listed = setting === undefined ? [] : schemasIn(setting.value);
  const kept = listed.filter((other) => other !== schema);
  const sql =
    setting === undefined || !listed.includes(schema)
      ? 'PGRST_DB_SCHEMAS'
      : setSql(setting, database, kept.length > 0 ? kept : ['<the schemas to expose>']);
  if (schema === noSchema) {
    return `nothing is exposed: Supabase switches its Data API off with this name, and names that begin with pg_ cannot be created; set pgrst.db_schemas to what clients are to see (${sql})`;
  }
  if (schema.startsWith('pg_')) {
    return `take it out of db-schemas (${sql}): names that begin with pg_ cannot be created`;
  }
  return `create the schema, or take it out of db-schemas (${sql})`;
}
