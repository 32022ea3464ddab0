import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { createPostgrestClient } from '../../src/postgrest/client.js';

/** A client, and something that answers every request with 404 and `body`. */
async function notFoundWith(t: Test, body: string) {
  const server = createServer((_, response) => response.writeHead(404).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const client = createPostgrestClient({});
  const instance = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const signal = AbortSignal.timeout(30_000);
  return {
    relation: () => client.plan.relation(instance, { schema: 'public', name: 'people' }, ['id'], [], signal),
    openApi: () => client.openApi(instance, 'public', signal),
  };
}

t.test('what PostgREST 12 does not know it says with an empty object', async (t) => {
  const { relation, openApi } = await notFoundWith(t, '{}');
  t.match(await relation(), { isPlanned: false, code: '' });
  await t.rejects(openApi(), { code: 'openapi_disabled' });
});

t.test('a gateway that knows of no PostgREST says nothing of what that has cached', async (t) => {
  for (const body of ['', '<html>404</html>', '{"message":"no Route matched with those values"}']) {
    const { relation, openApi } = await notFoundWith(t, body);
    await t.rejects(relation(), { code: 'unexpected_answer' });
    await t.rejects(openApi(), { code: 'unexpected_answer' });
  }
});
