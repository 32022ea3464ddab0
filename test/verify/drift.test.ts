import t from 'tap';
import { appOn, connect, readFixture, sandboxFor } from '../helper.js';

type Expected = [kind: string, object: string, sides?: { catalog?: unknown; cache?: unknown }];

/** DDL that nobody tells PostgREST of, and the findings that it makes: one, but for new names and for keys that views show. */
const changes: [ddl: string, ...Expected[]][] = [
  ['create table fresh (id int primary key, other int)', ['missing_relation', 'public.fresh', { cache: null }]],
  ['create view fresh_view as select 1 as one', ['missing_relation', 'public.fresh_view']],
  ['create materialized view fresh_copy as select 1 as one', ['missing_relation', 'public.fresh_copy']],
  ['create table bare ()', ['missing_relation', 'public.bare']],
  ['create table "Fresh/Table" ("Id" int)', ['missing_relation', 'public."Fresh/Table"']],
  ['create table fresh_child (id int primary key references fresh (id))', ['missing_relation', 'public.fresh_child']],
  [
    'alter table organizations rename to "group"',
    ['missing_relation', 'public."group"'],
    ['extra_relation', 'public.organizations'],
  ],
  [
    'alter table projects add column created_by uuid',
    [
      'missing_column',
      'public.projects.created_by',
      { catalog: { type: 'uuid', nullable: true, default: null }, cache: null },
    ],
  ],
  ['alter table projects add column lead int references fresh', ['missing_column', 'public.projects.lead']],
  ['alter table many drop column a', ['extra_column', 'public.many.a', { catalog: null }]],
  ['alter table one drop column b cascade', ['extra_column', 'public.one.b']],
  [
    'alter table parent rename column note to notes',
    ['extra_column', 'public.child.note'],
    ['missing_column', 'public.child.notes'],
    ['extra_column', 'public.parent.note'],
    ['missing_column', 'public.parent.notes'],
  ],
  ['alter table types alter column text type varchar', ['changed_column', 'public.types.text']],
  [
    'alter table types alter column no_default set not null',
    ['changed_column', 'public.types.no_default', { catalog: { nullable: false }, cache: { nullable: true } }],
  ],
  [
    `alter table types alter column single set default 'd'`,
    ['changed_column', 'public.types.single', { catalog: { default: '"d"' }, cache: { default: '"c"' } }],
  ],
  ['alter table types alter column flag drop default', ['changed_column', 'public.types.flag']],
  [`alter domain short set default 'other'`, ['changed_column', 'public.types.domain']],
  ['alter domain short drop not null', ['changed_column', 'public.types.domain']],
  [
    'alter table nothing add column "Id" int; alter table nothing drop column "Id"; alter table projects alter title drop not null',
    ['changed_column', 'public.projects.title'],
  ],
  [
    'alter table "a.b" drop constraint "a.b_pkey" cascade; alter table "a.b" alter "c.d" drop not null',
    ['extra_primary_key', 'public."a.b"', { catalog: null, cache: { columns: ['c.d'] } }],
    ['extra_relationship', 'public.many.either'],
    ['extra_relationship', 'public.many_view.either'],
  ],
  ['alter table "a.b" add primary key ("c.d")', ['missing_primary_key', 'public."a.b"']],
  [
    'alter table partly drop constraint partly_pkey; alter table partly alter other set not null, add primary key (id, other)',
    ['changed_primary_key', 'public.partly', { catalog: { columns: ['id', 'other'] }, cache: { columns: ['id'] } }],
  ],
  [
    'alter table many add foreign key (b) references parent (id)',
    ['missing_relationship', 'public.many.b', { catalog: { references: 'public.parent (id)' }, cache: null }],
  ],
  [
    'alter table many drop constraint many_b_fkey, add foreign key (b) references fresh (id)',
    ['changed_relationship', 'public.many.b', { cache: { references: 'public.parent (id)' } }],
  ],
  [
    'alter table many drop constraint many_itself_fkey',
    ['extra_relationship', 'public.many.itself', { catalog: null }],
    ['extra_relationship', 'public.many_view.itself'],
  ],
];

t.test('each difference gives exactly one finding, and none is left after a reload', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(readFixture('odd.sql'));
  const app = await appOn(t, sandbox);
  await app.inject({ method: 'POST', url: '/schema/reload' });
  t.match((await app.inject('/schema/verify')).json(), { consistent: true });

  for (const [ddl, ...expected] of changes) {
    await database.query(ddl);
    const stale = await app.inject('/schema/verify?failOnDrift=true');
    const [{ drift }] = stale.json().instances;
    t.equal(stale.statusCode, 409, ddl);
    t.equal(drift.length, expected.length, `${ddl}: ${JSON.stringify(drift)}`);
    t.match(
      drift,
      expected.map(([kind, object, sides]) => ({ kind, object, effect: /./, remedy: /reload/, ...sides })),
    );

    const reload = await app.inject({ method: 'POST', url: '/schema/reload' });
    t.match([reload.statusCode, reload.json()], [200, { outcome: 'fresh' }]);
    t.equal((await app.inject('/schema/verify?failOnDrift=true')).statusCode, 200);
  }
});

t.test('a relation of which the role loses or gains the privileges is no difference', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  for (const ddl of ['revoke all on projects from anon', 'grant select on projects to anon']) {
    await database.query(ddl);
    t.match((await app.inject('/schema/verify')).json(), { consistent: true }, ddl);
  }
});
