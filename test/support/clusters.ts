import { chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from '../../src/sandbox/binaries.js';
import { startGuardian } from '../../src/sandbox/guardian.js';
import { freePort } from '../../src/sandbox/ports.js';
import { createPostgres } from '../../src/sandbox/postgres.js';
import { isAlive, until } from '../helper.js';
import { execute } from './execute.js';

/** What the tests of a run share. */
export interface Clusters {
  /** The folder with the PostgreSQL that runs. */
  native: string;
  /** The data folder of a cluster with the sandbox's schema in `postgres`, which is to be copied. */
  prepared: string;
  /** The address of a server on such a copy, with the template `sandbox`, where tests have databases of their own. */
  server: string;
  stop(): Promise<void>;
}

const schema = readFileSync(new URL('../../src/sandbox/schema.sql', import.meta.url), 'utf8');

/** Makes them; they end with this process, however it ends. */
export async function startClusters(): Promise<Clusters> {
  const folder = mkdtempSync(join(tmpdir(), 'pgrst-ops-test-clusters-'));
  chmodSync(folder, 0o755);
  const guardian = startGuardian(folder);
  const make = async (name: string, native: string, options = {}) => {
    mkdirSync(join(folder, name));
    return createPostgres(native, join(folder, name), await freePort(), guardian.watch, options);
  };
  try {
    const first = await make('prepared', process.env.PGRST_OPS_TEST_POSTGRES ?? findPostgres());
    const { pid } = await first.start();
    await execute(first.url, schema);
    process.kill(pid, 'SIGINT');
    await until('the prepared cluster is shut down', () => !isAlive(pid), 30_000);

    const prepared = join(folder, 'prepared', 'data');
    const postgresSettings = { max_connections: '500' };
    const shared = await make('shared', first.native, { cluster: prepared, postgresSettings });
    await shared.start();
    await execute(shared.url, 'create database sandbox template postgres is_template true allow_connections false');
    return { native: first.native, prepared, server: shared.url, stop: guardian.release };
  } catch (error) {
    await guardian.release();
    throw error;
  }
}
