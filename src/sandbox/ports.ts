import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SandboxError } from './binaries.js';

const host = '127.0.0.1';
// After kill -9 the previous sandbox is still being cleared away when the next one starts.
const releaseDeadlineMs = 5_000;

/** A TCP port on loopback that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new SandboxError(`No free port on ${host}.`);
  return port;
}

/**
 * `port` once it can be listened on. Throws SandboxError, naming `setting`, if it is still taken after 5 s.
 */
export async function fixedPort(port: number, setting: string): Promise<number> {
  const deadline = Date.now() + releaseDeadlineMs;
  while ((await listenOnce(port)) === undefined) {
    if (Date.now() > deadline) throw new SandboxError(`${setting}: port ${port} on ${host} is taken.`);
    await delay(100);
  }
  return port;
}

async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
