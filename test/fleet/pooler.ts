import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Test } from 'tap';
import { isExecutable } from '../../src/sandbox/binaries.js';
import { startDaemon } from '../../src/sandbox/daemon.js';
import { startGuardian } from '../../src/sandbox/guardian.js';
import { freePort } from '../../src/sandbox/ports.js';

/** The pgbouncer of this machine; undefined where it has none. */
export function findPooler(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find(isExecutable);
}

/** Starts a pgbouncer in transaction mode that ends with the test; returns the address of `databaseUrl` through it. */
export async function poolerFor(t: Test, binary: string, databaseUrl: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pgrst-ops-pooler-'));
  const guardian = startGuardian(folder);
  const server = new URL(databaseUrl);
  const port = await freePort();
  const login = `user=${server.username} password=${server.password}`;
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    `[databases]
* = host=${server.hostname} port=${server.port} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
ignore_startup_parameters = extra_float_digits,options
`,
  );
  // It does not run as root.
  const args = [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), config];
  const program = { name: 'pgbouncer', path: binary, args, env: {} };
  const { pid } = await startDaemon(program, folder, () => accepts(port), 30_000, guardian.watch);
  t.teardown(() => {
    // SIGINT, which the guardian sends, would make it wait for its clients.
    process.kill(pid, 'SIGTERM');
    return guardian.release();
  });
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
