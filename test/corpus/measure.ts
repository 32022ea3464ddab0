import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgrest } from '../../src/sandbox/binaries.js';
import type { Case } from './cases.js';
import { runDdl, setUp } from './run.js';
import type { CorpusServer } from './server.js';

const run = promisify(execFile);

/** What is different for PostgREST after a case. */
export type Truth = Pick<Case, 'changesCache' | 'changesConfig'>;

/**
 * Runs a case in a copy of `template`, which has no trigger, and compares what PostgREST would load before and after
 * its DDL. Throws if PostgREST cannot load.
 */
export async function measure(server: CorpusServer, template: string, item: Case): Promise<Truth> {
  return server.withCopy(template, async (databaseUrl) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      await setUp(client, item);
      const before = await read(client, databaseUrl, item);
      await runDdl(client, item);
      const after = await read(client, databaseUrl, item);
      return { changesCache: after.cache !== before.cache, changesConfig: after.config !== before.config };
    } finally {
      await client.end();
    }
  });
}

/** The cache and the configuration that PostgREST would load now, as texts to compare. */
async function read(client: pg.Client, databaseUrl: string, item: Case): Promise<{ cache: string; config: string }> {
  const [schema, config, undumped] = await Promise.all([
    dump('--dump-schema', databaseUrl, item),
    dump('--dump-config', databaseUrl, item),
    client.query(undumpedSql, [item.schemas]),
  ]);
  return { cache: JSON.stringify(unordered([withoutEmpty(JSON.parse(schema)), undumped.rows])), config };
}

/** Without the keys that a relationship of an unexposed table leaves behind, though there is nothing under them. */
function withoutEmpty(schema: { dbRelationships: [key: unknown, relationships: unknown[]][] }): object {
  return { ...schema, dbRelationships: schema.dbRelationships.filter(([, relationships]) => relationships.length > 0) };
}

/** What PostgREST 12.0 has in its cache but leaves out of its dump: media type handlers and isolation levels. */
const undumpedSql = `
  with routine as (
    select * from pg_proc where pronamespace in (select oid from pg_namespace where nspname = any ($1))
  )
  select format('handler %s %s %s %I.%I', prokind, routine.oid::regprocedure, proretset, nspname, typname) as what
  from routine
  join pg_type type on type.oid = prorettype
  join pg_namespace on pg_namespace.oid = typnamespace
  where typtype = 'd' and (typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$' or typname = '*/*')
  union all
  select format('setting %s %s', routine.oid::regprocedure, setting)
  from routine, unnest(proconfig) as setting
  where setting like 'default_transaction_isolation=%'`;

/** What PostgREST, as configured for the case, would load now, as it writes it with `option`. */
export async function dump(
  option: '--dump-schema' | '--dump-config',
  databaseUrl: string,
  item: Pick<Case, 'schemas' | 'extra_search_path' | 'pre_config'>,
): Promise<string> {
  const url = new URL(databaseUrl);
  url.username = url.password = 'authenticator';
  const env = {
    // The fixture may hold names of any language.
    LC_ALL: 'C.UTF-8',
    PGRST_DB_URI: url.href,
    PGRST_DB_SCHEMAS: item.schemas.join(','),
    PGRST_DB_ANON_ROLE: 'anon',
    // It listens even though it only dumps: anywhere.
    PGRST_SERVER_PORT: '0',
    ...(item.extra_search_path && { PGRST_DB_EXTRA_SEARCH_PATH: item.extra_search_path.join(',') }),
    ...(item.pre_config && { PGRST_DB_PRE_CONFIG: item.pre_config }),
  };
  const { stdout } = await run(findPostgrest(undefined), [option], { env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** `value` with the same order of elements and keys for the same content: PostgREST's is that of hash tables. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const texts = value.map((element) => JSON.stringify(unordered(element)));
    return texts.sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, element]) => [key, unordered(element)])
    .sort();
}
