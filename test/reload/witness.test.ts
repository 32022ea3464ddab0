import t from 'tap';
import { createPool } from '../../src/catalog/database.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { findWitnesses } from '../../src/reload/witness.js';
import { connect, sandboxFor, until } from '../helper.js';

t.test('a relation without columns is a witness too, until it is cached', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create table bare ()');
  const pool = createPool(sandbox.databaseUrl, 2);
  t.teardown(() => pool.end());
  const [witness] =
    (await findWitnesses({
      pool,
      client: createPostgrestClient({}),
      instances: [{ url: sandbox.postgrestUrl }],
      schemas: undefined,
    })) ?? [];
  const isMissing = () => witness?.isMissing(AbortSignal.timeout(1_000));
  t.equal(await isMissing(), true);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('it is cached', async () => (await isMissing()) === false);
});
