import t from 'tap';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { resolveInstances } from '../../src/postgrest/fleet.js';

t.test('a name stands for one instance per address that it resolves to', async (t) => {
  const urls = (await resolveInstances([{ url: 'dns+http://localhost:3000' }])).map(({ url }) => url);
  t.ok(urls.includes('http://127.0.0.1:3000'), urls.join());
  t.ok(
    urls.every((url) => ['http://127.0.0.1:3000', 'http://[::1]:3000'].includes(url)),
    urls.join(),
  );
});

t.test('a path stays', async (t) => {
  const urls = (await resolveInstances([{ url: 'dns+http://localhost/rest/v1' }])).map(({ url }) => url);
  t.ok(urls.includes('http://127.0.0.1/rest/v1'), urls.join());
});

t.test('other addresses stay as they are, and so does a name that does not resolve', async (t) => {
  const configured = [{ url: 'https://localhost/rest/v1', adminUrl: 'http://localhost:3001' }];
  t.same(await resolveInstances(configured), configured);
  const absent = { url: 'dns+http://absent.invalid:3000' };
  t.same(await resolveInstances([absent]), [absent]);
  const asked = createPostgrestClient({}).identify(absent, AbortSignal.timeout(30_000));
  await t.rejects(asked, { code: 'unreachable', message: 'Its name does not resolve.' });
});
