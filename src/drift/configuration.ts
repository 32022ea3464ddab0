import { distance } from 'fastest-levenshtein';
import type { PgrstSetting } from '../catalog/configuration.js';
import { quoteIdentifier } from '../model/identifier.js';
import { schemasIn } from '../model/schema-list.js';
import type { Finding } from './finding.js';

// What PostgREST 12 to 16 call their settings; some of them count only in its file or environment.
const known = new Set(
  `admin_server_host admin_server_port client_error_verbosity db_aggregates_enabled db_anon_role db_channel 
db_channel_enabled db_config db_extra_search_path db_hoisted_tx_settings db_max_rows db_plan_enabled db_pool 
db_pool_acquisition_timeout db_pool_automatic_recovery db_pool_max_idletime db_pool_max_lifetime db_pre_config 
db_pre_request db_prepared_statements db_root_spec db_schemas db_timezone_enabled db_tx_end db_uri 
db_use_legacy_gucs jwt_aud jwt_cache_max_entries jwt_cache_max_lifetime jwt_role_claim_key jwt_secret 
jwt_secret_is_base64 log_level log_query openapi_mode openapi_security_active openapi_server_proxy_uri 
raw_media_types server_cors_allowed_origins server_host server_port server_timing_enabled server_trace_header 
server_unix_socket server_unix_socket_mode`.split(/\s+/),
);
const mostDistance = 3;

/**
 * What PostgREST has not taken up of its configuration in the database, or cannot: `settings` in the order in which they
 * override each other, `exposed` schemas as the instance says, and those of them that are `existing`.
 */
export function compareConfiguration(
  settings: readonly PgrstSetting[],
  exposed: readonly string[],
  existing: readonly string[],
): Finding[] {
  return [
    ...changedSchemas(settings, exposed),
    ...settings.filter(({ name }) => !known.has(name)).map(unknownSetting),
    ...exposed.filter((schema) => !existing.includes(schema)).map(missingSchema),
  ];
}

function changedSchemas(settings: readonly PgrstSetting[], exposed: readonly string[]): Finding[] {
  const value = settings.findLast(({ name }) => name === 'db_schemas')?.value;
  if (value === undefined) return [];
  const configured = schemasIn(value);
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

function unknownSetting({ role, name }: PgrstSetting): Finding {
  const [nearest] = [...known]
    .map((other) => ({ other, far: distance(other, name) }))
    .filter(({ far }) => far <= mostDistance)
    .sort((a, b) => a.far - b.far);
  const guess = nearest === undefined ? '' : `; if pgrst.${nearest.other} was meant, set that`;
  return {
    kind: 'unknown_setting',
    object: `pgrst.${name}`,
    // Without its value: somebody may have misspelt the name of a secret.
    catalog: { role },
    cache: null,
    effect: 'PostgREST ignores it without a word',
    remedy: `alter role ${quoteIdentifier(role)} reset "pgrst.${name.replaceAll('"', '""')}"${guess}`,
  };
}

function missingSchema(schema: string): Finding {
  return {
    kind: 'missing_schema',
    object: quoteIdentifier(schema),
    catalog: null,
    cache: { exposed: true },
    effect: '404 on requests to it; the load of the whole schema cache fails from PostgREST 16 on',
    remedy: 'create the schema, or take it out of db-schemas',
  };
}
