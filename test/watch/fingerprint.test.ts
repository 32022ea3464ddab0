import t from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { createReader } from '../../src/verify/comparer.js';
import { createFingerprinter } from '../../src/watch/fingerprint.js';
import { connect, sandboxFor } from '../helper.js';

const sandbox = await sandboxFor(t);
const database = await connect(t, sandbox.databaseUrl);
const pool = createPool(sandbox.databaseUrl, 2);
t.teardown(() => pool.end());
const client = createPostgrestClient({});
const reader = createReader(pool, client, { role: 'anon', extraSearchPath: ['public'] });

function fingerprinterOf(...urls: string[]) {
  const instances = urls.map((url) => ({ url }));
  return createFingerprinter({
    pool,
    client,
    instances,
    schemas: undefined,
    channel: 'pgrst',
    reader,
    largeReader: reader,
  });
}

t.test('it stays the same as long as nothing changes that any instance serves', async (t) => {
  const read = fingerprinterOf(sandbox.postgrestUrl);
  const before = await read();
  await database.query('create schema hidden create table unseen ()');
  t.same(await read(), before);
  await database.query('create table seen ()');
  t.not((await read()).schema, before.schema);
});

t.test('it is partial as long as an instance has never told what it exposes', async (t) => {
  t.match(await fingerprinterOf(sandbox.postgrestUrl)(), { isPartial: false, schema: /./ });
  t.match(await fingerprinterOf(sandbox.postgrestUrl, 'http://127.0.0.1:1')(), { isPartial: true, schema: /./ });
  t.match(await fingerprinterOf('http://127.0.0.1:1')(), { isPartial: true, schema: undefined });
});
