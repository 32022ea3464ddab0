import t from 'tap';
import { appOn, connect, post, serve, until } from '../helper.js';
import { databaseFor } from '../support/database.js';
import { isWhole } from '../support/lane.js';

const rounds = Array.from({ length: isWhole ? 50 : 5 }, (_, round) => round);

/** Drift as /schema/verify names it. */
async function driftAt(service: string): Promise<[kind: string, object: string][]> {
  const answer = await fetch(`${service}/schema/verify`);
  const { instances } = (await answer.json()) as { instances: { drift: { kind: string; object: string }[] }[] };
  return instances.flatMap(({ drift }) => drift.map(({ kind, object }): [string, string] => [kind, object]));
}

async function embed(url: string): Promise<{ status: number; code?: string }> {
  const answer = await fetch(url);
  const body = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(body.code !== undefined && { code: body.code }) };
}

t.test('without the trigger, one call makes it work, and says so truthfully', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const service = await serve(await appOn(t, sandbox));
  const reload = async () => (await fetch(`${service}/schema/reload`, { method: 'POST' })).status;

  await t.test(`a new column, ${rounds.length} times`, async (t) => {
    for (const round of rounds) {
      const column = `created_by_${round}`;
      await database.query(`alter table organizations add column ${column} text`);
      const row = { name: 'Initech', [column]: 'me' };
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 400, code: 'PGRST204' });
      t.same(await driftAt(service), [['missing_column', `public.organizations.${column}`]]);
      t.equal(await reload(), 200);
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 201 });
    }
  });

  await t.test(`a dropped column, ${rounds.length} times`, async (t) => {
    for (const round of rounds) {
      const column = `created_by_${round}`;
      await database.query(`alter table organizations drop column ${column}`);
      const row = { name: 'Initech', [column]: 'me' };
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 400, code: '42703' });
      t.same(await driftAt(service), [['extra_column', `public.organizations.${column}`]]);
      t.equal(await reload(), 200);
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 400, code: 'PGRST204' });
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, { name: 'Initech' }), { status: 201 });
    }
  });

  await t.test(`a new table, ${rounds.length} times`, async (t) => {
    for (const round of rounds) {
      const table = `invoices_${round}`;
      await database.query(`create table ${table} (id int primary key, parent int)`);
      t.match(await post(`${sandbox.postgrestUrl}/${table}`, { id: 1 }), { status: 404 });
      t.same(await driftAt(service), [['missing_relation', `public.${table}`]]);
      t.equal(await reload(), 200);
      t.match(await post(`${sandbox.postgrestUrl}/${table}`, { id: 1 }), { status: 201 });
    }
  });

  await t.test(`a new foreign key, ${rounds.length} times`, async (t) => {
    for (const round of rounds) {
      const [table, parent] = [`invoices_${round}`, `invoices_${(round + 1) % rounds.length}`];
      const url = `${sandbox.postgrestUrl}/${table}?select=id,${parent}!${table}_parent_fkey(id)`;
      await database.query(`alter table ${table} add foreign key (parent) references ${parent}`);
      t.match(await embed(url), { status: 400, code: 'PGRST200' });
      t.same(await driftAt(service), [['missing_relationship', `public.${table}.parent`]]);
      t.equal(await reload(), 200);
      t.same(await embed(url), { status: 200 });
    }
  });
});

t.test('with the trigger and nobody calling us, the same is served fresh by itself', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  t.equal((await app.inject({ method: 'POST', url: '/trigger/install' })).statusCode, 201);
  const api = sandbox.postgrestUrl;

  await database.query('alter table organizations add column created_by text');
  await until('the column is served', async () => {
    return (await post(`${api}/organizations`, { name: 'Initech', created_by: 'me' })).status === 201;
  });
  await database.query('alter table organizations drop column created_by');
  await until('the dropped column is refused', async () => {
    return (await post(`${api}/organizations`, { name: 'Initech', created_by: 'me' })).code === 'PGRST204';
  });
  await database.query('create table invoices (id int primary key, project_id bigint)');
  await until('the table is served', async () => (await post(`${api}/invoices`, { id: 1 })).status === 201);
  await database.query('alter table invoices add foreign key (project_id) references projects');
  await until('the relationship is served', async () => {
    return (await fetch(`${api}/invoices?select=id,projects(title)`)).status === 200;
  });
  await database.query('drop table invoices');
  await until('the table is gone', async () => (await post(`${api}/invoices`, { id: 2 })).status === 404);
  t.match((await app.inject('/schema/verify')).json(), { consistent: true });
});
