import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import root, { type Test } from 'tap';
import { findPostgrest } from '../../src/sandbox/binaries.js';
import { startGuardian } from '../../src/sandbox/guardian.js';
import { freePort } from '../../src/sandbox/ports.js';
import { startPostgrest } from '../../src/sandbox/postgrest.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { urlOf } from '../corpus/server.js';
import { startClusters } from './clusters.js';
import { execute } from './execute.js';

/** A database with the sandbox's schema on a server that tests share, and a PostgREST on it. */
export type Database = Omit<Sandbox, 'postgresPid' | 'startPostgres'>;

let ownServer: Promise<string> | undefined;

/** The server that the run shares; where there is no run, one of this process. */
function sharedServer(): string | Promise<string> {
  if (process.env.PGRST_OPS_TEST_SERVER !== undefined) return process.env.PGRST_OPS_TEST_SERVER;
  ownServer ??= startClusters().then(({ server, stop }) => {
    root.teardown(stop);
    return server;
  });
  return ownServer;
}

/** The address, as superuser, of a database of the test's own, which is dropped with the test. Roles are everybody's. */
export async function databaseUrlFor(t: Test): Promise<string> {
  const server = await sharedServer();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `create database ${name} template sandbox`);
  t.teardown(() => execute(server, `drop database ${name} with (force)`));
  return urlOf(server, name);
}

/** A role that may log in and has a name of its own, for the database of `databaseUrl`. */
export async function loginFor(databaseUrl: string): Promise<{ name: string; url: string }> {
  const name = `login_${randomBytes(8).toString('hex')}`;
  await execute(databaseUrl, `create role ${name} login password '${name}'`);
  const url = new URL(databaseUrl);
  url.username = url.password = name;
  return { name, url: url.href };
}

/** A database of the test's own, where `sql` has run, and then a PostgREST on it; both end with the test. */
export async function databaseFor(
  t: Test,
  { postgrestConfig = {}, sql = '' }: { postgrestConfig?: Record<string, string>; sql?: string } = {},
): Promise<Database> {
  const databaseUrl = await databaseUrlFor(t);
  await execute(databaseUrl, sql);
  const authenticator = new URL(databaseUrl);
  authenticator.username = authenticator.password = 'authenticator';
  const folder = mkdtempSync(join(tmpdir(), 'pgrst-ops-test-'));
  const { watch, release: stop } = startGuardian(folder);
  t.teardown(stop);
  const addPostgrest: Database['addPostgrest'] = async (config = {}, port) => {
    const own = { PGRST_DB_URI: authenticator.href, PGRST_DB_SCHEMAS: 'public', PGRST_DB_ANON_ROLE: 'anon' };
    const all = { ...own, ...postgrestConfig, ...config };
    return startPostgrest(findPostgrest(undefined), folder, port ?? (await freePort()), all, watch);
  };
  const { url: postgrestUrl, adminUrl: postgrestAdminUrl, pid: postgrestPid } = await addPostgrest();
  return { databaseUrl, postgrestUrl, postgrestAdminUrl, postgrestPid, addPostgrest, stop };
}
