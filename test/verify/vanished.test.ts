import t, { type Test } from 'tap';
import { appOn, connect, sandboxFor, until } from '../helper.js';

const setUp = `
  create table kept (id int primary key, gone int, other int);
  create table dropped (id int primary key);
  create table hidden (id int primary key, gone int);
  revoke all on hidden from anon;
  alter table kept add constraint kept_other foreign key (other) references dropped;
  alter table hidden add constraint hidden_gone foreign key (gone) references kept;
  create function old(a int) returns int language sql return a;
  create function same(a int) returns int language sql return a;
  grant select on kept, dropped to anon;`;
const change = `
  alter table kept drop column gone;
  drop table dropped cascade;
  alter table hidden drop constraint hidden_gone;
  drop function old;
  drop function same;
  create function same(a text) returns text language sql return a`;
const leftovers = [
  'extra_relation public.dropped',
  'extra_relationship public.hidden.gone',
  'extra_column public.kept.gone',
  'extra_function public.old(a integer)',
];

async function look(t: Test, mode: string) {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(setUp);
  const { url } = await sandbox.addPostgrest({ PGRST_OPENAPI_MODE: mode });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: url });
  const verify = async (): Promise<string[]> => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    const [{ drift }] = answer.json().instances;
    return drift.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`);
  };
  return { database, app, verify };
}

for (const [source, mode] of [
  ['probe', 'disabled'],
  ['openapi', 'follow-privileges'],
] as const) {
  t.test(`what was dropped and is still cached is found by its names: ${source}`, async (t) => {
    const { database, app, verify } = await look(t, mode);
    t.same(await verify(), []);
    await database.query(change);
    t.same(await verify(), leftovers);
    t.same(await verify(), leftovers, 'as long as it is cached');
    await database.query('alter table kept add column gone int');
    const others = leftovers.filter((leftover) => !leftover.includes('kept.gone'));
    t.same(await verify(), others, 'what came back is not left over');
    t.match((await app.inject({ method: 'POST', url: '/schema/reload' })).json(), { outcome: 'fresh' });
    t.same(await verify(), []);
  });
}

t.test('what an instance forgot is not asked for again', async (t) => {
  const { database, verify } = await look(t, 'disabled');
  await verify();
  await database.query('drop table dropped cascade');
  t.same(await verify(), ['extra_relation public.dropped']);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('it is forgotten', async () => (await verify()).length === 0);
  // Cached again, although the catalog that is compared has never had it since.
  await database.query(`create table dropped (id int primary key); notify pgrst, 'reload schema'`);
  await until('it is there', async () => (await verify()).length === 0);
  await database.query('drop table dropped');
  t.same(await verify(), ['extra_relation public.dropped'], 'because the verification before saw it');
});

t.test('what is left after a reload is no leftover, whatever else might answer for what was dropped', async (t) => {
  const { database, app, verify } = await look(t, 'disabled');
  await database.query(`
    create table author (id int primary key);
    create table book (id int primary key, author int constraint author references author);
    create table page (id int primary key, kept int references kept);
    create function kept(page) returns setof kept rows 1 language sql return (select null::kept);
    create function more(a int) returns int language sql return a;
    create function same(a int, b int default 1) returns int language sql return a;
    create function turned(a int, b int) returns int language sql return a;`);
  t.match((await app.inject({ method: 'POST', url: '/schema/reload' })).json(), { outcome: 'fresh' });
  t.same(await verify(), []);
  await database.query(`
    alter table book rename constraint author to book_author_fkey;
    drop function kept(page);
    drop function more(int);
    create function more(a int, b int default 1) returns int language sql return a;
    drop function same(int);
    drop function turned;
    create function turned(b text, a text) returns text language sql return a;`);
  const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 60 } });
  t.match(answer.json(), { outcome: 'fresh' });
  t.same(await verify(), []);
});

t.test('what was dropped is remembered beside what was changed, also while an instance is down', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(
    'create table kept (id int primary key); create function old(a int) returns int language sql return a',
  );
  const { url } = await sandbox.addPostgrest({ PGRST_OPENAPI_MODE: 'disabled' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${url},http://127.0.0.1:1` });
  const verify = async (): Promise<string[]> => {
    const answer = await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } });
    return answer
      .json()
      .instances[0].drift.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`);
  };
  t.same(await verify(), []);
  await database.query('drop function old; create function old(a int, b int) returns int language sql return a');
  t.same(await verify(), ['missing_function public.old(a integer, b integer)']);
  await database.query('drop function old; alter table kept add column more int');
  t.same(await verify(), ['missing_column public.kept.more']);
  await database.query('drop table kept');
  t.same(await verify(), ['extra_relation public.kept']);
  t.same(await verify(), ['extra_relation public.kept']);
});

t.test('nothing is forgotten as long as an instance cannot be asked for it', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create function old(a int) returns int language sql return a');
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${deaf.url}` });
  const verify = async (): Promise<{ drift: object[]; error?: object }[]> =>
    (await app.inject({ url: '/schema/verify', headers: { 'cache-control': 'no-cache' } })).json().instances;
  await database.query(`notify pgrst, 'reload schema'`);
  await until('the one has it', async () => (await verify())[0]?.drift.length === 0);
  await database.query(`drop function old; notify pgrst, 'reload schema'`);
  await until('the one has forgotten it', async () => (await verify())[0]?.drift.length === 0);
  process.kill(deaf.pid, 'SIGSTOP');
  t.match(await verify(), [{ drift: [] }, { error: { code: 'timeout' } }]);
  process.kill(deaf.pid, 'SIGCONT');
  await until('the other answers again', async () => (await verify())[1]?.error === undefined);
  t.match(await verify(), [{ drift: [] }, { drift: [{ kind: 'extra_function' }] }]);
});
