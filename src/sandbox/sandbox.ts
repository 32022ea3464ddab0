import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectionTo } from '../postgres/connection.js';
import { findPostgres, findPostgrest } from './binaries.js';
import { startGuardian } from './guardian.js';
import { fixedPort, freePort } from './ports.js';
import { createPostgres } from './postgres.js';
import { type PostgrestServer, startPostgrest } from './postgrest.js';

export interface SandboxOptions {
  /** The folder with `bin`, `lib` and `share` of the PostgreSQL to run; without it the bundled one. */
  postgresNative?: string | undefined;
  /** The data folder of a cluster that has the schema and was shut down, to run a copy of; without it a new one is made. */
  cluster?: string | undefined;
  /** Settings for PostgreSQL that go before the sandbox's own. */
  postgresSettings?: Record<string, string>;
  postgresPort?: number | undefined;
  postgrestPort?: number | undefined;
  /** The PostgREST to run; without it the one on PATH, else the bundled one. */
  postgrestBinary?: string | undefined;
  /** Settings for PostgREST beside the sandbox's own, by their names in the environment. */
  postgrestConfig?: Record<string, string>;
}

/** A PostgreSQL and a PostgREST of our own, on loopback, gone when this process is. */
export interface Sandbox {
  databaseUrl: string;
  postgrestUrl: string;
  postgrestAdminUrl: string;
  /** The process ids, for tests that stop or freeze them. */
  postgresPid: number;
  postgrestPid: number;
  /** Starts PostgreSQL again after it was ended, on the same port and data; returns its process id. */
  startPostgres(): Promise<number>;
  /** Starts one more PostgREST on the same database; returns its addresses and process id. */
  addPostgrest(config?: Record<string, string>, port?: number): Promise<PostgrestServer>;
  /** Ends both and removes their files. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with the schema of `schema.sql`, then PostgREST on it. Throws SandboxError, with what to set,
 * where that cannot be done; nothing is left behind then.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const binary = findPostgrest(options.postgrestBinary);
  const native = options.postgresNative ?? findPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'pgrst-ops-sandbox-'));
  const guardian = startGuardian(folder);
  try {
    const postgresPort = await portFor(options.postgresPort, 'SANDBOX_POSTGRES_PORT');
    const postgres = await createPostgres(native, folder, postgresPort, guardian.watch, options);
    const { pid: postgresPid } = await postgres.start();
    if (options.cluster === undefined) await loadSchema(postgres.url);

    const addPostgrest: Sandbox['addPostgrest'] = async (config = {}, port) =>
      startPostgrest(
        binary,
        folder,
        port ?? (await freePort()),
        {
          PGRST_DB_URI: `postgres://authenticator:authenticator@127.0.0.1:${postgresPort}/postgres`,
          PGRST_DB_SCHEMAS: 'public',
          PGRST_DB_ANON_ROLE: 'anon',
          ...options.postgrestConfig,
          ...config,
        },
        guardian.watch,
      );
    const postgrestPort = await portFor(options.postgrestPort, 'SANDBOX_POSTGREST_PORT');
    const postgrest = await addPostgrest({}, postgrestPort);

    return {
      databaseUrl: postgres.url,
      postgrestUrl: postgrest.url,
      postgrestAdminUrl: postgrest.adminUrl,
      postgresPid,
      postgrestPid: postgrest.pid,
      startPostgres: async () => (await postgres.start()).pid,
      addPostgrest,
      stop: guardian.release,
    };
  } catch (error) {
    await guardian.release();
    throw error;
  }
}

function portFor(configured: number | undefined, setting: string): Promise<number> {
  return configured === undefined ? freePort() : fixedPort(configured, setting);
}

async function loadSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client(connectionTo(databaseUrl));
  await client.connect();
  try {
    await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
  } finally {
    await client.end();
  }
}
