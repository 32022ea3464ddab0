import { execFile, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { connectionTo } from '../postgres/connection.js';
import { copyPostgres, hasSymlinks, SandboxError } from './binaries.js';
import { type Account, type Daemon, startDaemon } from './daemon.js';

const run = promisify(execFile);
const startDeadlineMs = 20_000;

/** A PostgreSQL server with a database cluster of its own. */
export interface PostgresServer {
  url: string;
  /** The folder with the programs that run, which `folder` may hold a copy of. */
  native: string;
  /** Starts it and waits until it takes connections; also again after it ended. */
  start(): Promise<Daemon>;
}

export interface ClusterOptions {
  /** Settings that go before the sandbox's own. */
  postgresSettings?: Record<string, string>;
  /** The data folder of a cluster that was shut down, to copy instead of making a new one. */
  cluster?: string | undefined;
}

/**
 * Makes a database cluster in `folder`, for the PostgreSQL in `native` on `port` of loopback, with the superuser
 * `postgres` (password `postgres`).
 * Throws SandboxError with the reason if that fails; so does starting it.
 */
export async function createPostgres(
  native: string,
  folder: string,
  port: number,
  onSpawn: (pid: number) => void,
  { postgresSettings, cluster }: ClusterOptions = {},
): Promise<PostgresServer> {
  const account = unprivilegedAccount();
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid ?? account.uid);
  const runnable = reachable(native, folder, account);
  const data = join(folder, 'data');
  // With -a it keeps its owner.
  if (cluster !== undefined) await run('cp', ['-a', cluster, data]);
  else await initdb(join(runnable, 'bin', 'initdb'), folder, data, account);

  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const serverSettings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // No socket file to leave behind, and no safety that a database for an hour needs.
    unix_socket_directories: '',
    fsync: 'off',
    // Its files are in the folder that is removed, also where it had to be killed: /dev/shm would keep them.
    dynamic_shared_memory_type: 'mmap',
    ...postgresSettings,
  };
  const program = {
    name: 'postgres',
    path: join(runnable, 'bin', 'postgres'),
    args: ['-D', data, ...Object.entries(serverSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: {},
    account,
  };
  return {
    url,
    native: runnable,
    start: () => startDaemon(program, folder, () => accepts(url), startDeadlineMs, onSpawn),
  };
}

async function initdb(program: string, folder: string, data: string, account: Account): Promise<void> {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'postgres\n', { mode: 0o600 });
  if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid ?? account.uid);
  const login = ['-U', 'postgres', '--pwfile', passwordFile, '--auth=scram-sha-256'];
  await run(program, ['-D', data, ...login, '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    ...account,
  }).catch((error) => {
    throw new SandboxError(`PostgreSQL's initdb failed: ${error.stderr || error.message}`);
  });
}

/** PostgreSQL refuses to run as root: there it runs as `nobody`. */
function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const [, , uid, gid] = (readFileSync('/etc/passwd', 'utf8').match(/^nobody:.*$/m)?.[0] ?? '').split(':');
  if (uid === undefined || gid === undefined) {
    throw new SandboxError('PostgreSQL does not run as root, and there is no user `nobody` to run it as.');
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** `native` itself, or, where `account` cannot run it (a checkout in root's home) or it is incomplete, a copy in `folder`. */
function reachable(native: string, folder: string, account: Account): string {
  const works = spawnSync(join(native, 'bin', 'initdb'), ['--version'], { cwd: folder, ...account }).status === 0;
  if (works && hasSymlinks(native)) return native;
  const copy = join(folder, 'postgres');
  mkdirSync(copy, { mode: 0o755 });
  copyPostgres(native, copy);
  return copy;
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ ...connectionTo(url), connectionTimeoutMillis: 1000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
