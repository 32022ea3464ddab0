import type pg from 'pg';
import { parse } from 'pg-connection-string';

// Where our sessions find what a name stands for. Whoever may create in another schema of the search path could put a
// function, operator or type there that fits a call of ours better than PostgreSQL's own: it would run with our rights.
// With nothing else on it PostgreSQL also prints every name but its own with its schema, as it does for PostgREST.
const searchPath = 'pg_catalog, pg_temp';

/** What our SQL relies on, and the form in which PostgreSQL prints to us, whatever role and database have set. */
const sessionSettings: Record<string, string> = {
  search_path: withoutSpaces(searchPath),
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
};

const startOptions = Object.entries(sessionSettings).map(
  ([name, value]) => `--${name}=${value.replaceAll(' ', '\\ ')}`,
);

/** Gives the rest of a transaction our search path again, after SQL in which code of others may have set another one. */
export const pinSearchPath = `set local search_path = ${searchPath}`;

/** The `code` of the error of a session that has another search path than we asked for. */
export const otherSearchPath = 'pgrst_ops_search_path';

/**
 * How to connect to `databaseUrl`. The session starts with our settings, before anything runs in it: neither one of its
 * role or database nor the URL's own `options` goes before them. Of the URL counts what says where and as whom to
 * connect, its TLS and its `options`; the rest is ours to say.
 */
export function connectionTo(databaseUrl: string): pg.ClientConfig {
  const {
    user,
    password,
    host,
    port,
    database,
    ssl,
    sslnegotiation,
    client_encoding,
    options = '',
  } = parse(databaseUrl);
  return {
    ...{ user, password, host, port, database, ssl, sslnegotiation, client_encoding },
    options: [options, ...startOptions].join(' ').trim(),
    application_name: 'pgrst-ops',
    keepAlive: true,
  } as pg.ClientConfig;
}

/**
 * Checks that a new session has our search path, and returns its process id in PostgreSQL, which a pooler in between gives
 * another number. Throws an error with the code `otherSearchPath` where it has another one, and what node-postgres throws.
 */
export async function identifySession(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number; path: string; role: string }>(
    `select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('search_path') as path, current_user as role`,
  );
  const [session] = rows;
  if (session === undefined) throw new Error('Connection terminated before it answered');
  const { pid, path, role } = session;
  if (withoutSpaces(path) === withoutSpaces(searchPath)) return pid;
  const reason = `The session has the search_path ${path} instead of ${searchPath}: a pooler drops it, or a login trigger sets another one.`;
  const remedy = `Connect directly, or give this service a role of its own and run: alter role ${client.escapeIdentifier(role)} set search_path = ${searchPath}`;
  throw Object.assign(new Error(`${reason} ${remedy}`), { code: otherSearchPath });
}

function withoutSpaces(text: string): string {
  return text.replaceAll(' ', '');
}
