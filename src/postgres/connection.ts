import type pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

// Where our sessions find what a name stands for. Whoever may create in another schema of the search path could put a
// function, operator or type there that fits a call of ours better than PostgreSQL's own: it would run with our rights.
const searchPath = 'pg_catalog, pg_temp';

/**
 * How to connect to `databaseUrl`. The session starts with our search path, before anything runs in it: neither a setting
 * of its role or database nor the URL's own `options` goes before it.
 */
export function connectionTo(databaseUrl: string): pg.ClientConfig {
  const { options = '', ...config } = parseIntoClientConfig(databaseUrl);
  return {
    ...config,
    options: `${options} --search_path=${searchPath.replaceAll(' ', '')}`.trim(),
    application_name: 'pgrst-ops',
    keepAlive: true,
  };
}

/**
 * Returns PostgreSQL's process id of a new session of ours, which a pooler in between does not know. Throws where the
 * pooler has dropped the search path, and what node-postgres throws.
 */
export async function checkSession(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number; path: string; role: string }>(
    `select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('search_path') as path, current_user as role`,
  );
  const [session] = rows;
  if (session === undefined) throw new Error('Connection terminated before it answered');
  if (session.path.replaceAll(' ', '') !== searchPath.replaceAll(' ', '')) {
    throw new Error(
      `a pooler in between drops the search_path of the connection; connect directly, or alter role ${client.escapeIdentifier(session.role)} set search_path = ${searchPath}`,
    );
  }
  return session.pid;
}
