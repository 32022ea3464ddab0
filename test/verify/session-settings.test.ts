import t, { type Test } from 'tap';
import { appOn, connect, until } from '../helper.js';
import { databaseFor, loginFor } from '../support/database.js';

const settings: [name: string, value: string][] = [
  ['timezone', 'America/New_York'],
  ['datestyle', 'German'],
  ['intervalstyle', 'iso_8601'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-3'],
  ['lc_monetary', 'C'],
  ['standard_conforming_strings', 'off'],
  ['transform_null_equals', 'on'],
  ['array_nulls', 'off'],
  ['default_transaction_isolation', 'serializable'],
  ['default_transaction_deferrable', 'on'],
  ['xmlbinary', 'hex'],
];

const defaults = `
  create table ev (
    id int primary key,
    since timestamptz default '1970-01-01 00:00:00+00',
    local timestamp default '2020-12-31 10:00',
    day date default '2020-12-31',
    span interval default '1 day 2 hours',
    soon timestamptz default now() + '90 minutes'::interval,
    raw bytea default '\\x01ff',
    letters bytea default 'abc',
    ratio double precision default '0.30000000000000004',
    price money default '12.5',
    days date[] default '{2020-12-31}',
    term tstzrange default '[2020-01-01 00:00+00,2021-01-01 00:00+00)',
    doc jsonb default '{"a": 1}',
    path text default 'C:\\temp',
    spot point default '(0.1,0.30000000000000004)'
  )`;

/** Sets them for a role, or for all sessions of a database. */
function setAll(of: string): string {
  return settings.map(([name, value]) => `alter ${of} set ${name} = '${value}';`).join('\n');
}

async function askFor(t: Test, app: Awaited<ReturnType<typeof appOn>>) {
  const verify = await app.inject('/schema/verify');
  t.same([verify.statusCode, verify.json().consistent], [200, true], verify.payload);
  const reload = await app.inject({ method: 'POST', url: '/schema/reload' });
  t.equal(reload.statusCode, 200, reload.payload);
}

t.test('what PostgreSQL prints by settings of the role of PostgREST is no difference', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const { name, url } = await loginFor(database.databaseUrl);
  await client.query(`grant anon to ${name}; ${defaults}`);
  await client.query(setAll(`role ${name}`));
  const { url: postgrestUrl } = await database.addPostgrest({ PGRST_DB_URI: url });
  const app = await appOn(t, { ...database, postgrestUrl });
  await askFor(t, app);
  await client.query(`alter table ev alter soon set default now() - '90 minutes'::interval, alter day drop default`);
  const stale = await app.inject('/schema/verify');
  const objects = stale.json().instances[0].drift.map(({ object }: { object: string }) => object);
  t.same(objects, ['public.ev.day', 'public.ev.soon'], stale.payload);
});

t.test('settings of the database and of our role are not those of our sessions', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const { rows } = await client.query('select current_database() as name');
  const { name, url } = await loginFor(database.databaseUrl);
  await client.query(`alter role ${name} superuser`);
  await client.query(`${defaults}; ${setAll(`database ${rows[0].name}`)}`);
  const postgrest = await database.addPostgrest();
  const postgrestUrl = `${database.postgrestUrl},${postgrest.url}`;
  const app = await appOn(t, { databaseUrl: url, postgrestUrl }, { RELOAD_MODE: 'gated' });
  // The gate is kept from then on.
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.equal((await app.inject({ method: 'POST', url: '/trigger/install' })).statusCode, 201);
  t.equal((await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode, 200);
  await askFor(t, app);
  await client.query('alter table ev add other int');
  t.equal((await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode, 200);
  await askFor(t, app);
  const instances = (await app.inject('/schema/instances')).json();
  t.match(instances, {
    instances: [{ listener: { applicationName: /PostgREST/ } }, { listener: { applicationName: /PostgREST/ } }],
    problems: [],
  });
  let health = '';
  const isHealthy = async () => {
    health = (await app.inject('/health')).payload;
    return JSON.parse(health).status === 'pass';
  };
  await until('it is healthy', isHealthy).catch(() => t.fail(health));
});

t.test('names that the database has quoted are the same on both sides', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const { rows } = await client.query('select current_database() as name');
  await client.query(`${defaults}; alter database ${rows[0].name} set quote_all_identifiers = on`);
  const { url: postgrestUrl } = await database.addPostgrest();
  await askFor(t, await appOn(t, { ...database, postgrestUrl }));
});

t.test('where both sessions print alike a constant that changed is found', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  await client.query(defaults);
  const { url: postgrestUrl } = await database.addPostgrest();
  const app = await appOn(t, { ...database, postgrestUrl });
  await client.query(`
    alter table ev alter since set default '1970-01-01 00:00:01+00', alter local set default '2020-12-31 10:01',
      alter day set default '2020-12-30', alter span set default '1 day 3 hours', alter term set default 'empty',
      alter soon set default now() + '91 minutes'::interval, alter spot set default '(0.1,0.4)', alter price set default '13'`);
  const { drift } = (await app.inject('/schema/verify')).json().instances[0];
  const columns = drift.map(({ object }: { object: string }) => object.replace('public.ev.', ''));
  t.same(columns, ['day', 'local', 'price', 'since', 'soon', 'span', 'spot', 'term']);
});
