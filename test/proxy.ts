import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A TCP proxy on loopback that can be as a network that loses everything. */
export interface Proxy {
  /** The same URL through the proxy. */
  url: string;
  /** From now on nothing comes through, neither way, and nobody is told. */
  cut(): void;
  /** Every connection ends, with no word to anybody. */
  break(): void;
  /** What was kept back comes through. */
  mend(): void;
}

/** Starts a proxy for the server of `url` that ends with the test, and hands on each answer `delayMs` late. */
export async function proxyFor(t: Test, url: string, delayMs = 0): Promise<Proxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const pass = (from: Socket, to: Socket, later: (work: () => void) => void) => {
    sockets.add(from);
    from.on('data', (piece) => later(() => to.write(piece)));
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
    if (isCut) from.pause();
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    pass(client, upstream, (work) => work());
    pass(upstream, client, (work) => setTimeout(work, delayMs));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    destroyAll();
    server.close();
  });
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href.replace(/\/$/, ''),
    break: destroyAll,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
  };
}
