import { type AddressInfo, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import t, { type Test } from 'tap';
import { type Standing, stand } from '../../src/session/standing.js';
import { until } from '../helper.js';

/** A server that is no PostgreSQL; returns its URL and when it was connected to. */
async function strangeServer(t: Test, meet: (socket: Socket) => void) {
  const attempts: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    attempts.push(performance.now());
    meet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`, attempts };
}

function standOn(t: Test, databaseUrl: string, longestRestMs?: number): Standing {
  const standing = stand({
    databaseUrl,
    channels: ['pgrst'],
    onNotification() {},
    async beat() {},
    onLost() {},
    ...(longestRestMs !== undefined && { longestRestMs }),
  });
  t.teardown(() => standing.close());
  return standing;
}

t.test('attempts that fail become rare where that is asked for, and go on', async (t) => {
  const { url, attempts } = await strangeServer(t, (socket) => socket.destroy());
  standOn(t, url, 2_000);
  await until('four attempts', () => attempts.length >= 4);
  const rests = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  t.ok(Number(rests[0]) < 1_900, `first ${rests[0]} ms`);
  t.ok(Number(rests[1]) > 1_900, `then ${rests[1]} ms`);
  t.ok(Number(rests[2]) > 1_900 && Number(rests[2]) < 3_900, `and no longer than asked for: ${rests[2]} ms`);
});

t.test('it closes soon, also while a server does not answer', async (t) => {
  const { url, attempts } = await strangeServer(t, () => {});
  const standing = standOn(t, url);
  await until('it waits for the answer', () => attempts.length === 1);
  const startedAt = performance.now();
  await standing.close();
  const tookMs = performance.now() - startedAt;
  t.ok(tookMs < 2_000, `${tookMs} ms`);
});
