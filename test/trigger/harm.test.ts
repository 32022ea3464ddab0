import t from 'tap';
import { migration } from '../../src/trigger/migration.js';
import { connect, sandboxFor, until } from '../helper.js';
import { watchedDatabase } from './watched.js';

const sandbox = await sandboxFor(t);

t.test('a hostile search_path neither misleads nor runs anything', async (t) => {
  const { client, connect, notified, warnings } = await watchedDatabase(t, sandbox);
  const fails = `language plpgsql as $$ begin raise exception 'hostile code ran'; end $$`;
  await client.query(`
    create schema hostile;
    create table private.t (id int);
    create view v as select * from private.t;
    create function hostile.equal(text, text) returns boolean ${fails};
    create operator hostile.= (leftarg = text, rightarg = text, function = hostile.equal);
    create operator hostile.<> (leftarg = text, rightarg = text, function = hostile.equal);
    create function hostile.pg_event_trigger_ddl_commands() returns setof pg_class ${fails}`);
  await notified('select');
  for (const schema of ['hostile', 'pg_temp']) {
    const session = await connect();
    const relations = [
      'pg_class',
      'pg_depend',
      'pg_type',
      'pg_attribute',
      'pg_proc',
      'pg_namespace',
      'pg_db_role_setting',
    ];
    await session.query(`
      begin; set local pgrst_ops.notify = off;
      create function ${schema}.pg_notify(text, text) returns void ${fails};
      create function ${schema}.current_setting(text, boolean) returns text ${fails};
      create function ${schema}.set_config(text, text, boolean) returns text ${fails};
      create function ${schema}.age(xid) returns int ${fails};
      create function ${schema}.starts_with(text, text) returns boolean ${fails};
      create domain ${schema}.text as int;
      create domain ${schema}.oid as int;
      create domain ${schema}.regclass as int;
      ${relations.map((name) => `create table ${schema}.${name} (wrong int);`).join('')}
      commit`);
    for (const path of ['hostile, pg_temp, pg_catalog', 'pg_temp, hostile, pg_catalog', '']) {
      await session.query(`select pg_catalog.set_config('search_path', '${path}', false)`);
      const cases: [sql: string, channels: string[]][] = [
        ['create table public.t (id int)', ['pgrst']],
        ['create table private.u (id int)', []],
        ['alter table public.t add more int', ['pgrst']],
        ['alter table private.t add primary key (id)', ['pgrst']],
        ['alter table private.t drop constraint t_pkey', ['pgrst']],
        ['create index on public.t (id)', []],
        ['create function private.f(public.t) returns public.t language sql as $$ select $1 $$', ['pgrst']],
        ['drop function private.f(public.t)', ['pgrst']],
        ['drop table private.u', []],
        ['drop table public.t', ['pgrst']],
      ];
      for (const [sql, channels] of cases)
        t.same(await notified(sql, session), channels, `${schema}, "${path}": ${sql}`);
    }
  }
  t.same(warnings, []);
});

t.test('no setting of the session misleads it', async (t) => {
  const { client, connect, notified, warnings } = await watchedDatabase(t, sandbox, { schemas: 'public, api' });
  await client.query('create schema api');
  const { rows } = await client.query(
    `select name from pg_settings where name like '%\\_parallel\\_%' and vartype = 'enum'`,
  );
  const settings = [
    'standard_conforming_strings = off',
    'quote_all_identifiers = on',
    'transform_null_equals = on',
    'array_nulls = off',
    'row_security = off',
    'plan_cache_mode = force_generic_plan',
    'plpgsql.variable_conflict = use_variable',
    'plpgsql.variable_conflict = use_column',
    `plpgsql.extra_errors = 'all'`,
    'lock_timeout = 1',
    'search_path = pg_temp',
    ...rows.map((row) => `${row.name} = on`),
  ];
  await notified('select');
  for (const setting of settings) {
    const session = await connect();
    await session.query(`set ${setting}`);
    const cases: [sql: string, channels: string[]][] = [
      ['create table api.t (id int, note text)', ['pgrst']],
      ['create table private.u (id int)', []],
      ['create view api.v as select id from private.u', ['pgrst']],
      ['alter table private.u add primary key (id)', ['pgrst']],
      [
        'create trigger a instead of insert on api.v for each row execute function suppress_redundant_updates_trigger()',
        ['pgrst'],
      ],
      ['drop trigger a on api.v', ['pgrst']],
      ['create function private.f(api.t) returns api.t language sql as $$ select $1 $$', ['pgrst']],
      ['drop function private.f(api.t)', ['pgrst']],
      ['drop view api.v', ['pgrst']],
      ['drop table private.u', []],
      ['drop table api.t', ['pgrst']],
    ];
    for (const [sql, channels] of cases) t.same(await notified(sql, session), channels, `${setting}: ${sql}`);
  }
  t.same(warnings, []);
});

t.test('a role with rights on nothing but its own schema works as before', async (t) => {
  const { client, connect, notified, warnings } = await watchedDatabase(t, sandbox, { schemas: 'public, own' });
  await client.query(`
    create role humble; create role other; grant other to humble;
    create schema own authorization humble; create schema others authorization other;
    revoke all on schema public from public; revoke execute on all functions in schema pgrst_ops from public;
    create table private.log (id int);
    create function public.migrate() returns void language sql security definer set search_path = public
      as $$ create table made (); alter table made add a int $$;
    grant usage on schema public to humble`);
  const session = await connect();
  await notified('set session authorization humble', session);
  const cases: [sql: string, channels: string[]][] = [
    ['create table own.t (id int primary key, note text)', ['pgrst']],
    ['select public.migrate()', ['pgrst']],
    [`do $$ begin create table own.u (); execute 'drop table own.u'; end $$`, ['pgrst']],
    [
      'create function own.ddl() returns trigger language plpgsql as $$ begin create table own.made (); return null; end $$',
      [],
    ],
    ['create trigger a after insert on own.t for each row execute function own.ddl()', []],
    ['insert into own.t values (1)', ['pgrst']],
    ['drop table own.t, own.made', ['pgrst']],
    ['drop function own.ddl()', ['pgrst']],
    ['set role other; create table others.t (id int)', []],
    ['create function others.f(others.t) returns others.t language sql as $$ select $1 $$', ['pgrst']],
    ['drop table others.t cascade; reset role', []],
    ['create temporary table t (id int)', []],
  ];
  for (const [sql, channels] of cases) t.same(await notified(sql, session), channels, sql);
  t.same(warnings, []);
});

t.test('what goes along in a schema that one may not look into is no error', async (t) => {
  const { client, connect, notified, warnings } = await watchedDatabase(t, sandbox);
  await client.query(`
    create role dropper;
    create schema own authorization dropper;
    grant usage on schema private to dropper;
    create table private.t (id int);
    create view private.v as select id from private.t;
    set role dropper;
    create function own.nothing() returns trigger language plpgsql as $$ begin return null; end $$;
    create function own.one(private.t) returns private.t language sql as $$ select $1 $$;
    create function own.valid(int) returns boolean language sql immutable as $$ select true $$;
    reset role;
    create trigger a before insert on private.t for each row execute function own.nothing();
    create trigger a instead of insert on private.v for each row execute function own.nothing();
    alter table private.t add constraint valid check (own.valid(id));
    revoke usage on schema private from dropper`);
  const session = await connect();
  await notified('set role dropper', session);
  const statements = [
    'drop function own.nothing() cascade',
    'drop function own.one',
    'drop function own.valid cascade',
  ];
  for (const sql of statements) t.same(await notified(sql, session), ['pgrst'], sql);
  t.same(warnings, []);
});

t.test('an error inside the function fails no DDL, says what to do, and notifies where that is possible', async (t) => {
  const damages: [sql: string, channels: string[]][] = [
    ['revoke select on pg_catalog.pg_db_role_setting from public', ['pgrst']],
    ['revoke execute on function pg_event_trigger_ddl_commands() from public', ['pgrst']],
    ['revoke execute on function set_config(text, text, boolean) from public', ['pgrst']],
    ['revoke execute on function pg_notify(text, text) from public', []],
    [`alter database :name set pgrst.db_channel = '${'x'.repeat(64)}'`, ['pgrst']],
    [`alter database :name set pgrst.db_channel = ''`, ['pgrst']],
  ];
  await (await connect(t, sandbox.databaseUrl)).query('create role developer');
  for (const [damage, channels] of damages) {
    const { name, client, notified, warnings } = await watchedDatabase(t, sandbox);
    await client.query(`grant create on schema public, private to developer; ${damage.replace(':name', name)}`);
    await notified('set role developer');
    const ddl = 'create table t (id int); alter table t add more int; create view v as select * from t';
    t.same(await notified(`begin; ${ddl}; create table private.t (); commit`), channels, damage);
    t.same((await client.query('select more from v')).rows, [], 'the DDL is there');
    t.not(warnings.length, 0, 'it warns');
    for (const warning of warnings)
      t.match(warning, { message: /^pgrst-ops: .*failed: ./, hint: /\/trigger\/status.*notify pgrst/ });
  }
});

t.test('a channel that cannot be notified does not silence the others', async (t) => {
  for (const wrong of ['', 'x'.repeat(64)]) {
    for (const [first, second] of [
      [wrong, 'right'],
      ['right', wrong],
    ]) {
      const { name, client, notified, warnings } = await watchedDatabase(t, sandbox, { channels: ['right'] });
      await client.query(`
        alter database ${name} set pgrst.db_channel = '${first}';
        alter role authenticator in database ${name} set pgrst.db_channel = '${second}'`);
      t.same(await notified('create table t ()'), ['right'], `"${first}", "${second}"`);
      t.not(warnings.length, 0, 'it warns');
    }
  }
});

t.test('odd values of the settings are no error, and it notifies rather once too often', async (t) => {
  const { name, client, connect, notified, warnings } = await watchedDatabase(t, sandbox);
  const schemas: [value: string, outsideOfThem: string[]][] = [
    ['\\n\\tpublic\\n,\\r\\n other \\n', []],
    [',public', []],
    ['public,,', []],
    ['', ['pgrst']],
    [' , ,\\n', ['pgrst']],
  ];
  for (const [value, outsideOfThem] of schemas) {
    await client.query(`alter database ${name} set pgrst.db_schemas = E'${value}'`);
    t.same(await notified('create table t ()'), ['pgrst'], `"${value}"`);
    t.same(await notified('create table private.t ()'), outsideOfThem, `"${value}"`);
    t.same(await notified('drop table t'), ['pgrst'], `"${value}"`);
    t.same(await notified('drop table private.t'), outsideOfThem, `"${value}"`);
  }
  await client.query(`alter database ${name} set pgrst.db_schemas = 'public'`);
  for (const value of ['maybe', '', 'on', 'SENT']) {
    const session = await connect();
    await session.query(`set pgrst_ops.notify = '${value}'`);
    t.same(await notified('create table t ()', session), ['pgrst'], `"${value}"`);
    t.same(await notified('drop table t', session), ['pgrst'], `"${value}"`);
  }
  t.same(warnings, []);
});

t.test('a notification queue that is nearly full fails no DDL', async (t) => {
  const server = await connect(t, sandbox.databaseUrl);
  const { rows } = await server.query(`select current_setting('server_version_num')::int / 10000 as version`);
  // Before 17 the queue always holds 8 GB.
  const small =
    rows[0].version >= 17 ? await sandboxFor(t, { postgresSettings: { max_notify_queue_pages: '64' } }) : sandbox;
  const { client, connect: connectToo, notified, warnings } = await watchedDatabase(t, small);
  if (small === sandbox) {
    await client.query(`create function public.pg_notification_queue_usage() returns float language sql return 0.95`);
    await client.query(
      migration.up.replaceAll('pg_notification_queue_usage()', 'public.pg_notification_queue_usage()'),
    );
    await notified('select 1');
  } else {
    const blocking = await connectToo();
    await blocking.query('listen other');
    await blocking.query('begin; select 1');
    const isFull = async () =>
      (await client.query('select pg_notification_queue_usage() > 0.9 as full')).rows[0].full === true;
    await until('the queue is nearly full', async () => {
      await client.query(`select pg_notify('other', repeat('x', 7900))`);
      return isFull();
    });
  }
  t.same(await notified('create table q (id int); alter table q add more int'), []);
  const own = warnings.filter(({ message }) => message.startsWith('pgrst-ops'));
  t.match(own[0], { message: /nearly full/, hint: /notify pgrst/ });
  t.same((await client.query('select more from q')).rows, []);
});
