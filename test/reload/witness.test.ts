import t, { type Test } from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { findWitnesses, type Witness } from '../../src/reload/witness.js';
import { connect, sandboxFor, until } from '../helper.js';

/** A relation `orders` and one `customers` are cached; then `change` is made. Returns what is found. */
async function witnessOf(t: Test, change: string) {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const pool = createPool(sandbox.databaseUrl, 2);
  t.teardown(() => pool.end());
  const client = createPostgrestClient({});
  const instance = { url: sandbox.postgrestUrl };
  const areCached = async () => {
    const signal = AbortSignal.timeout(30_000);
    const orders = await client.plan.relation(instance, { schema: 'public', name: 'orders' }, ['customer'], [], signal);
    return orders.isPlanned;
  };
  const load = () => database.query(`notify pgrst, 'reload schema'`);
  await database.query('create table customers (id int primary key)');
  await database.query('create table orders (id int primary key, customer int)');
  await load();
  await until('both are cached', areCached);
  await database.query(change);
  let witness: Witness | undefined;
  // An instance that does not answer within a second has none.
  await until('it is found', async () => {
    [witness] = (await findWitnesses({ pool, client, instances: [instance], schemas: undefined })) ?? [];
    return witness !== undefined;
  });
  const isMissing = () => witness?.isMissing(AbortSignal.timeout(30_000));
  t.equal(await isMissing(), true);
  await load();
  await until('it is cached', async () => (await isMissing()) === false);
  return witness;
}

t.test('a relation without columns is a witness until it is cached', async (t) => {
  t.match(await witnessOf(t, 'create table bare ()'), {
    stale: { findings: [{ kind: 'missing_relation', object: 'public.bare' }] },
    fresh: { findings: [] },
  });
});

t.test('so is a column that was renamed', async (t) => {
  t.match(await witnessOf(t, 'alter table orders rename customer to buyer'), {
    stale: { findings: [{ kind: 'missing_column', object: 'public.orders.buyer' }] },
  });
});

t.test('so is a foreign key', async (t) => {
  t.match(await witnessOf(t, 'alter table orders add foreign key (customer) references customers'), {
    stale: { findings: [{ kind: 'missing_relationship', object: 'public.orders.customer' }] },
  });
});

t.test('so is a function', async (t) => {
  t.match(await witnessOf(t, 'create function answer(question text) returns int return 42'), {
    stale: { findings: [{ kind: 'missing_function', object: 'public.answer(question text)' }] },
  });
});
