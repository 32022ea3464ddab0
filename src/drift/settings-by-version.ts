import { isAtLeast } from '../lib/version.js';

const always =
  `db_aggregates_enabled db_anon_role db_extra_search_path db_max_rows db_plan_enabled db_pre_config db_pre_request 
db_prepared_statements db_root_spec db_schemas db_timezone_enabled db_tx_end jwt_aud jwt_cache_max_entries 
jwt_cache_max_lifetime jwt_role_claim_key jwt_secret jwt_secret_is_base64 openapi_mode 
openapi_security_active openapi_server_proxy_uri server_timing_enabled server_trace_header`.split(/\s+/);

/**
 * The settings that PostgREST reads from the database, with the first version that does and the first that does no
 * longer. 12.0 was measured, with each of them set for the role and `--dump-config`; the later ones are read in
 * PostgREST's `Config/Database.hs` and changelog. Where that is not sure a setting counts as read.
 */
const readFromDatabase = new Map<string, { from?: string; until?: string }>([
  ...always.map((name): [string, object] => [name, {}]),
  ['client_error_verbosity', { from: '16' }],
  ['db_hoisted_tx_settings', { from: '12.2' }],
  ['server_cors_allowed_origins', { from: '12.2' }],
  ['url_use_legacy_target_names', { from: '16' }],
  ['db_use_legacy_gucs', { until: '12' }],
  ['raw_media_types', { until: '12' }],
]);

/** Those that all versions from 12 on take from their file or environment alone. */
const fileOnly = new Set(
  `admin_server_config_enabled admin_server_host admin_server_port db_channel db_channel_enabled db_config db_pool 
db_pool_acquisition_timeout db_pool_automatic_recovery db_pool_max_idletime db_pool_max_lifetime db_uri log_level log_query 
server_host server_port server_reuseport server_unix_socket server_unix_socket_mode`.split(/\s+/),
);

/** All names that any version knows, without `pgrst.`. */
export const knownSettings: readonly string[] = [...readFromDatabase.keys(), ...fileOnly];

/**
 * Why PostgREST `version` (such as `12.2.12`; empty where it is not known) ignores `pgrst.<name>` in the database, one of
 * the known settings; undefined where it reads it, or may.
 */
export function whyIgnored(name: string, version: string): string | undefined {
  if (fileOnly.has(name)) return `PostgREST takes ${dashed(name)} from its file or environment alone`;
  const { from, until } = readFromDatabase.get(name) ?? {};
  if (from !== undefined && !isAtLeast(version, from)) {
    return `PostgREST reads ${dashed(name)} from the database from version ${from} on, and this is ${version}`;
  }
  if (until !== undefined && version !== '' && isAtLeast(version, until)) {
    return `PostgREST has no ${dashed(name)} from version ${until} on, and this is ${version}`;
  }
  return undefined;
}

/** `db_pool` as PostgREST's file and documentation write it. */
function dashed(name: string): string {
  return name.replaceAll('_', '-');
}
