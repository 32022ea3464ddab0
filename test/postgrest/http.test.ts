import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ask } from '../../src/postgrest/http.js';

/** A server of a few lines, for what a PostgREST cannot be made to do. */
async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const inTime = () => AbortSignal.timeout(60_000);

t.test('an answer without end is cut off at 128 MB', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, ' ');
  let sent = 0;
  const url = await serve(t, (_, response) => {
    const write = () => {
      if (response.destroyed) return;
      sent++;
      response.write(piece, write);
    };
    write();
  });
  for (const members of [undefined, new Set(['a'])]) {
    sent = 0;
    const question = { path: '/', ...(members && { members }) };
    await t.rejects(ask({ url }, {}, question, inTime()), { code: 'unexpected_answer', message: /128 MB/ });
    t.ok(sent < 160, `${sent} MB sent`);
  }
});

t.test('a kept connection that the server closes is no failure', async (t) => {
  const seen = new Map<Socket, number>();
  const url = await serve(t, (request, response) => {
    const count = (seen.get(request.socket) ?? 0) + 1;
    seen.set(request.socket, count);
    if (count === 2) request.socket.destroy();
    else response.end('answered');
  });
  for (let round = 0; round < 4; round++) {
    t.match(await ask({ url }, {}, { method: 'POST', path: '/', body: '[]' }, inTime()), { body: 'answered' });
  }
  t.ok(seen.size > 1, 'and there were some');
});

t.test('one that always closes the connection cannot be reached', async (t) => {
  let requests = 0;
  const url = await serve(t, (request) => {
    requests++;
    request.socket.destroy();
  });
  await t.rejects(ask({ url }, {}, { path: '/' }, inTime()), { code: 'unreachable' });
  t.equal(requests, 2, 'asked once more, and no more');
});

t.test('of an answer that is garbage the members are garbage too', async (t) => {
  const url = await serve(t, (_, response) => response.end('{"\\q":1,"a":tru'));
  t.match(await ask({ url }, {}, { path: '/', members: new Set(['a']) }, inTime()), { status: 200, body: '{"a":tru' });
});
