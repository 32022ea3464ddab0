import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { keepConnected, type PersistentConnectionOptions } from '../../src/postgres/persistent-connection.js';
import { until } from '../helper.js';

/** A server that is no PostgreSQL; returns its URL and the connections that were made to it. */
async function strangeServer(t: Test, meet: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    meet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`, sockets };
}

function standOn(t: Test, databaseUrl: string, options: Pick<PersistentConnectionOptions, 'longestRestMs' | 'delay'>) {
  const standing = keepConnected({
    databaseUrl,
    channels: ['pgrst'],
    onNotification() {},
    async beat() {},
    onLost() {},
    ...options,
  });
  t.teardown(() => standing.close());
  return standing;
}

t.test('attempts that fail become rare where that is asked for, and go on', async (t) => {
  const { url } = await strangeServer(t, (socket) => socket.destroy());
  const rests: number[] = [];
  const delay: PersistentConnectionOptions['delay'] = async (ms, signal) => {
    // What gives up on somebody who hangs has no signal.
    if (signal === undefined) return new Promise(() => {});
    rests.push(ms);
  };
  standOn(t, url, { longestRestMs: 5_000, delay });
  await until('five attempts', () => rests.length >= 5);
  t.same(rests.slice(0, 5), [1_000, 2_000, 4_000, 5_000, 5_000], 'and no longer than asked for');
});

t.test('it closes soon, also while a server does not answer', async (t) => {
  const { url, sockets } = await strangeServer(t, () => {});
  const limits: number[] = [];
  const standing = standOn(t, url, {
    async delay(ms) {
      limits.push(ms);
    },
  });
  await until('it waits for the answer', () => sockets.length === 1);
  await standing.close();
  t.same(limits, [1_000], 'it waited so long, and no longer');
  t.notOk(sockets[0]?.readableEnded, 'while it went on to wait for the answer');
});
