import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A TCP proxy on loopback. */
export interface Proxy {
  port: number;
  /** Keeps what clients send from now on. */
  hold(): void;
  /** Hands it on. */
  release(): void;
}

/** Starts a proxy for the server of `url` that ends with the test, and hands on each answer `delayMs` late. */
export async function proxyFor(t: Test, url: string, delayMs = 0): Promise<Proxy> {
  const { hostname, port } = new URL(url);
  const clients = new Set<Socket>();
  let isHeld = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    clients.add(client);
    client.on('data', (piece) => upstream.write(piece));
    client.on('error', () => {});
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on('data', (piece) => setTimeout(() => client.write(piece), delayMs));
    upstream.on('error', () => {});
    upstream.on('close', () => setTimeout(() => client.destroy(), delayMs));
    if (isHeld) client.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    port: address.port,
    hold() {
      isHeld = true;
      for (const client of clients) client.pause();
    },
    release() {
      isHeld = false;
      for (const client of clients) client.resume();
    },
  };
}
