import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { earlierMigrations, migration } from '../../src/trigger/migration.js';
import { appOn, connect, sandboxFor, until } from '../helper.js';
import { databaseFor, loginFor } from '../support/database.js';

const post = async (app: FastifyInstance, action: string) => {
  const answer = await app.inject({ method: 'POST', url: `/trigger/${action}` });
  return { statusCode: answer.statusCode, ...answer.json() };
};
const status = async (app: FastifyInstance) => (await app.inject('/trigger/status')).json();
const codes = async (app: FastifyInstance): Promise<string[]> =>
  (await status(app)).problems.map(({ code }: { code: string }) => code);

t.test('install, disable, enable and uninstall are idempotent and say what they came to', async (t) => {
  const app = await appOn(t, await databaseFor(t));
  t.match(await status(app), { state: 'missing', eventTriggers: [], problems: [{ remedy: 'POST /trigger/install' }] });
  t.match(await post(app, 'enable'), { statusCode: 200, state: 'missing', problems: [{ remedy: /install/ }] });
  t.match(await post(app, 'disable'), { statusCode: 200, state: 'missing' });

  t.match(await post(app, 'install?dryRun=true'), { statusCode: 200, outcome: 'dry_run', sql: migration.up });
  t.match(await status(app), { state: 'missing' });
  t.match(await post(app, 'install'), { statusCode: 201, outcome: 'created', status: { state: 'ok', problems: [] } });
  t.match(await post(app, 'install'), { statusCode: 200, outcome: 'unchanged', status: { state: 'ok' } });
  t.match(await status(app), {
    state: 'ok',
    version: 2,
    installedVersion: 2,
    eventTriggers: [
      { name: 'notify_pgrst_on_schema_change', event: 'ddl_command_end', enabled: 'always', owner: 'postgres' },
      { name: 'notify_pgrst_on_schema_drop', event: 'sql_drop', enabled: 'always', owner: 'postgres' },
    ],
    others: [],
  });

  for (const _ of [1, 2]) t.match(await post(app, 'disable'), { statusCode: 200, state: 'disabled' });
  t.match(await post(app, 'install'), { statusCode: 200, outcome: 'repaired', status: { state: 'ok' } });
  await post(app, 'disable');
  for (const _ of [1, 2]) t.match(await post(app, 'enable'), { statusCode: 200, state: 'ok' });
  for (const _ of [1, 2]) t.match(await post(app, 'uninstall'), { statusCode: 200, state: 'missing' });
});

t.test('status tells what is wrong, and install repairs it', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create role somebody superuser');
  const damages: [sql: string, codes: string[]][] = [
    ['drop event trigger notify_pgrst_on_schema_drop', ['incomplete']],
    ['drop event trigger notify_pgrst_on_schema_change', ['incomplete']],
    ['alter event trigger notify_pgrst_on_schema_change disable', ['disabled']],
    ['alter event trigger notify_pgrst_on_schema_drop enable replica', ['replica_only']],
    ['alter function pgrst_ops.notify_pgrst_schema_change() owner to somebody', ['wrong_owner', 'wrong_owner']],
    ['alter event trigger notify_pgrst_on_schema_drop owner to somebody', ['wrong_owner']],
    ['alter function pgrst_ops.notify_pgrst_schema_change() security definer', ['altered_code', 'altered_code']],
    ['alter function pgrst_ops.notify_pgrst_schema_change() reset all', ['altered_code', 'altered_code']],
    [
      `create or replace function pgrst_ops.notify_pgrst_schema_change() returns event_trigger language plpgsql
       set search_path = pg_catalog, pg_temp as 'begin end'`,
      ['altered_code', 'altered_code'],
    ],
    [
      `drop event trigger notify_pgrst_on_schema_change;
       create event trigger notify_pgrst_on_schema_change on ddl_command_end when tag in ('CREATE TABLE')
       execute function pgrst_ops.notify_pgrst_schema_change()`,
      ['altered_code'],
    ],
  ];
  await post(app, 'install');
  for (const [sql, expected] of damages) {
    await database.query(sql);
    t.same(await codes(app), expected, sql);
    t.match(await post(app, 'install'), { statusCode: 200, outcome: 'repaired', status: { state: 'ok' } }, sql);
  }

  await t.test('and what a migration does not repair', async (t) => {
    await database.query(`alter database postgres set pgrst.db_channel = 'other'`);
    t.match(await status(app), {
      state: 'other_channel',
      channels: ['other'],
      problems: [{ detail: /other.*pgrst/, remedy: `alter database "postgres" set pgrst.db_channel = 'pgrst'` }],
    });
    t.match(await post(app, 'install'), { statusCode: 200, outcome: 'unchanged' });
    const onOther = await appOn(t, sandbox, { PGRST_DB_CHANNEL: 'other' });
    t.match(await status(onOther), { state: 'ok' });
    await database.query('alter database postgres reset pgrst.db_channel');
    // PostgreSQL 17 and later can switch them off.
    if ((await database.query(`select from pg_settings where name = 'event_triggers'`)).rows.length === 0) return;
    await database.query('alter system set event_triggers = off');
    await database.query('select pg_reload_conf()');
    await until('event triggers are off', async () => (await codes(app)).includes('event_triggers_off'));
  });
});

t.test('twenty connections install at once, over HTTP and with psql', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  /** As a caller does who is told to come back later: on a busy machine one may wait too long for a connection or a lock. */
  const install = async () => {
    let answer = await post(app, 'install');
    await until('it is not too busy', async () => {
      if (answer.statusCode === 503) answer = await post(app, 'install');
      return answer.statusCode !== 503;
    });
    return answer;
  };
  for (const _ of [1, 2, 3]) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(t, sandbox.databaseUrl)));
    await Promise.all(clients.map((client) => client.query(migration.up)));
    t.match(await status(app), { state: 'ok' });
    await Promise.all(clients.map((client) => client.query(migration.down)));
    t.match(await status(app), { state: 'missing' });
    const answers = await Promise.all(Array.from({ length: 20 }, install));
    t.equal(answers.filter(({ outcome }) => outcome === 'created').length, 1);
    t.equal(answers.filter(({ outcome }) => outcome === 'unchanged').length, 19);
    await Promise.all(clients.map((client) => client.end()));
    await post(app, 'uninstall');
  }
});

t.test('the migration is plain SQL in one statement, to be run once and again', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  for (const [sql, state] of [
    [migration.up, 'ok'],
    [migration.down, 'missing'],
  ] as const) {
    // Around the one quoted block there is nothing that psql would take for a variable or a command of its own.
    t.match(sql, /^(--[^\n]*\n)+do \$migration\$\n.*\n\$migration\$;\n$/s);
    t.equal(sql.split('$migration$').length, 3);
    for (const _ of [1, 2]) {
      await database.query(sql);
      t.match(await status(app), { state });
    }
  }
});

t.test('a migration leaves the search path of its session and transaction as it was', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const path = async () => (await database.query('show search_path')).rows[0].search_path;
  for (const sql of [...earlierMigrations, migration].flatMap(({ up, down }) => [up, down])) {
    for (const set of ['reset search_path', `set search_path = ''`, `set search_path = "a, ""b", pg_temp, public`]) {
      await database.query(set);
      const before = await path();
      await database.query(sql);
      t.equal(await path(), before);
      await database.query('begin; set local search_path = public');
      await database.query(sql);
      t.equal(await path(), 'public');
      await database.query('commit');
      t.equal(await path(), before);
    }
  }
});

t.test('no migration puts the function into a schema whose owner could drop it', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create role squatter; create schema pgrst_ops authorization squatter');
  for (const { up } of [...earlierMigrations, migration]) {
    await t.rejects(database.query(up), /pgrst_ops belongs to a role that is neither a superuser nor yours/);
  }
  t.match(await post(app, 'install'), { statusCode: 409, code: 'migration_refused', detail: /pgrst_ops belongs to/ });
  await database.query('drop schema pgrst_ops cascade');
  t.match(await post(app, 'install'), { statusCode: 201 });
});

t.test('every version replaces every other in place, and its own down migration removes what is there', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  for (const earlier of earlierMigrations) {
    await database.query(earlier.up);
    const outdated = { state: 'outdated', installedVersion: earlier.version, problems: [{ code: 'outdated' }] };
    t.match(await status(app), outdated);
    t.match(await post(app, 'install'), { statusCode: 200, outcome: 'upgraded', status: { installedVersion: 2 } });
    await database.query(earlier.up);
    t.match(await status(app), outdated);
    await database.query(migration.up);
    t.match(await status(app), { state: 'ok', installedVersion: migration.version });
    await database.query(earlier.down);
    t.match(await status(app), { state: 'missing', installedVersion: null });
    await database.query(earlier.up);
    await database.query(migration.down);
    t.match(await status(app), { state: 'missing' });
    t.same((await database.query(`select from pg_namespace where nspname = 'pgrst_ops'`)).rows, []);
  }
});

t.test('uninstall removes the event triggers also where something else uses the function or the schema', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  for (const use of [
    'create table pgrst_ops.other (id int)',
    'create event trigger another on sql_drop execute function pgrst_ops.notify_pgrst_schema_change()',
  ]) {
    await post(app, 'install');
    await database.query(use);
    t.match(await post(app, 'uninstall'), { statusCode: 200, state: 'missing', eventTriggers: [] }, use);
  }
});

t.test('what runs our function is ours, whatever its name', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  const running = async () => {
    const { rows } = await database.query(`
      select evtname as name from pg_event_trigger where evtfoid = to_regprocedure('pgrst_ops.notify_pgrst_schema_change()')
      order by evtname`);
    return rows.map(({ name }) => name);
  };
  const ours = ['notify_pgrst_on_schema_change', 'notify_pgrst_on_schema_drop'];
  const rename = 'alter event trigger notify_pgrst_on_schema_change rename to "Odd ""name"';
  const copy = 'create event trigger again on sql_drop execute function pgrst_ops.notify_pgrst_schema_change()';
  await post(app, 'install');

  await database.query(rename);
  t.match(await status(app), {
    state: 'ok',
    installedVersion: migration.version,
    eventTriggers: [{ name: 'notify_pgrst_on_schema_drop' }, { name: 'Odd "name', enabled: 'always' }],
    warnings: [{ code: 'renamed', detail: /change has been renamed to Odd "name/, remedy: 'POST /trigger/install' }],
    others: [],
  });
  t.match(await post(app, 'disable'), { state: 'disabled', eventTriggers: [{}, { enabled: 'disabled' }] });
  t.match(await post(app, 'enable'), { state: 'ok' });
  t.match(await post(app, 'install'), { statusCode: 200, outcome: 'repaired' });
  t.same(await running(), ours);
  t.notMatch(JSON.stringify((await status(app)).warnings), /renamed/);

  await database.query(copy);
  t.match(await status(app), {
    state: 'ok',
    warnings: [{ code: 'renamed', detail: /again runs our function too, beside notify_pgrst_on_schema_drop/ }],
    others: [],
  });
  for (const { up, down } of [...earlierMigrations, migration]) {
    await database.query(up);
    t.same(await running(), ours, 'one each');
    await database.query(`${rename}; ${copy}`);
    await database.query(down);
    t.same(await running(), []);
    t.match(await status(app), { state: 'missing', eventTriggers: [] });
    await post(app, 'install');
    await database.query(`${rename}; ${copy}`);
  }
  t.match(await post(app, 'uninstall'), { state: 'missing', eventTriggers: [] });
  t.same(await running(), []);
});

t.test('what runs our function on another event is ours, and not as installed', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  await post(app, 'install');
  await database.query(
    'create event trigger early on ddl_command_start execute function pgrst_ops.notify_pgrst_schema_change()',
  );
  t.match(await status(app), { state: 'altered_code', problems: [{ detail: /early/ }], others: [] });
  t.match(await post(app, 'install'), { outcome: 'repaired', status: { state: 'ok' } });
});

t.test('a role that may not install is told the SQL to run', async (t) => {
  const sandbox = await databaseFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const ops = await loginFor(sandbox.databaseUrl);
  await database.query(`grant create on database ${database.database} to ${ops.name}`);
  const app = await appOn(t, sandbox, { DATABASE_URL: ops.url });
  const refused = {
    statusCode: 403,
    code: 'insufficient_privilege',
    sql: migration.up,
    detail: new RegExp(`${ops.name} is not a superuser`),
  };
  t.match(await post(app, 'install'), refused);
  t.match(await status(app), { state: 'missing', platform: { name: 'postgresql', mayInstall: false } });
  await database.query(migration.up);
  t.match(await status(app), { state: 'ok' });
  t.match(await post(app, 'disable'), { statusCode: 403, sql: /alter event trigger .* disable;/ });
  await database.query('alter event trigger notify_pgrst_on_schema_drop rename to other');
  t.match(await post(app, 'disable'), { statusCode: 403, sql: /alter event trigger "other" disable;/ });
  await database.query('alter event trigger other rename to notify_pgrst_on_schema_drop');
  t.match(await post(app, 'uninstall'), { statusCode: 403, sql: migration.down });
  t.match(await status(app), { state: 'ok' });
});

t.test('where an event trigger of others fails at the installation, the answer has its words', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  // It finds nothing without a schema: our sessions look for names in pg_catalog alone.
  await database.query(`
    create table log (at timestamptz);
    create function log_ddl() returns event_trigger language plpgsql as $$ begin insert into log values (now()); end $$;
    create event trigger log_ddl on ddl_command_end execute function log_ddl()`);
  t.match(await post(app, 'install'), {
    statusCode: 409,
    code: 'migration_refused',
    detail: /relation "log" does not exist \(SQLSTATE 42P01\)/,
    sql: migration.up,
  });
  t.match(await status(app), { state: 'missing' });
  await database.query('alter function log_ddl() set search_path = public');
  t.match(await post(app, 'install'), { statusCode: 201 });
});

t.test('an installation catches up on what changed before it', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('alter table organizations add column created_by text');
  t.match((await app.inject('/schema/verify')).json(), { consistent: false });
  await post(app, 'install');
  await until('the column is served', async () => (await app.inject('/schema/verify')).json().consistent);
});

/** Counts the notifications that `sql` sends, statement by statement, run by `role`. */
async function notificationsOf(t: Test, databaseUrl: string, role: string, statements: string[]): Promise<string[]> {
  const listener = await connect(t, databaseUrl);
  const client = await connect(t, databaseUrl);
  const heard: string[] = [];
  let current = '';
  listener.on('notification', () => heard.push(current));
  await listener.query('listen pgrst');
  await client.query(`set role ${role}`);
  for (current of statements) {
    await client.query(current);
    // What was sent before this is delivered before its answer.
    await listener.query('select 1');
  }
  return heard;
}

t.test('DDL that matters notifies once, whoever runs it', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  await post(app, 'install');
  const database = await connect(t, sandbox.databaseUrl);
  const developer = (await loginFor(sandbox.databaseUrl)).name;
  await database.query(`grant create on schema public to ${developer}`);
  const statements = [
    'create table t (id serial primary key, note text)',
    'alter table t add column more int default 1',
    'comment on column t.more is $$more$$',
    'create view v as select * from t',
    'create function f() returns int language sql as $$ select 1 $$',
    'alter table t drop column more cascade',
    'begin; create table a (id int); create table b (id int); drop table a; commit',
    'create table c (id int); drop table c',
    'drop function f()',
    'drop table t, b',
  ];
  t.same(await notificationsOf(t, sandbox.databaseUrl, developer, statements), statements);

  await t.test('under session_replication_role = replica', async (t) => {
    const sql = 'set session_replication_role = replica; create table r (id int); reset session_replication_role';
    t.same(await notificationsOf(t, sandbox.databaseUrl, 'postgres', [sql]), [sql]);
  });

  await t.test(
    'but not what PostgREST does not read, is rolled back, finds nothing to do or is temporary',
    async (t) => {
      const silent = [
        'grant select on r to anon',
        'create policy p on r using (true)',
        'drop policy p on r',
        'create index on r (id)',
        'begin; create table gone (id int); rollback',
        'create table if not exists r (id int)',
        'drop table if exists absent',
        'insert into organizations (name) values ($$x$$)',
        `create temporary table tt (id serial primary key, note text default 'x' check (note <> ''), parent int references pg_temp.tt)`,
        'create index on tt (note)',
        'alter table tt add column more int default 3',
        'alter table tt alter column more drop default',
        'alter table tt drop column more',
        'create temporary view tv as select * from tt',
        'comment on column tt.note is $$x$$',
        'alter table tt enable row level security',
        'create policy p on tt using (true)',
        'drop policy p on tt',
        'create rule r as on update to tt do instead nothing',
        'drop rule r on tt',
        'create function pg_temp.f() returns trigger language plpgsql as $$ begin return new; end $$',
        'create trigger tr before insert on tt for each row execute function pg_temp.f()',
        'drop trigger tr on tt',
        'create type pg_temp.pair as (a int)',
        'select 1 as one into temporary ts',
        'create temporary table tas as select 1 as one',
        'drop table tt, ts, tas cascade',
        'drop function pg_temp.f()',
      ];
      t.same(await notificationsOf(t, sandbox.databaseUrl, 'postgres', silent), []);
    },
  );
});

t.test('an error in the trigger does not fail the DDL: it warns, says what to do, and notifies', async (t) => {
  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox);
  await post(app, 'install');
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`alter database ${database.database} set pgrst.db_channel = '${'x'.repeat(64)}'`);

  const client = await connect(t, sandbox.databaseUrl);
  const notices: string[] = [];
  client.on('notice', ({ message, hint }) => notices.push(`${message} ${hint}`));
  const listener = await connect(t, sandbox.databaseUrl);
  let heard = 0;
  listener.on('notification', () => heard++);
  await listener.query('listen pgrst');
  await client.query('create table t (id int)');
  t.match(notices, [/channel name too long.*\/trigger\/status.*notify pgrst/]);
  await until('the notification arrives', () => heard === 1);

  await t.test('even where it may not notify at all', async (t) => {
    const { name: developer } = await loginFor(sandbox.databaseUrl);
    await database.query('revoke execute on function pg_notify(text, text) from public');
    await database.query(`grant create on schema public to ${developer}`);
    await client.query(`set role ${developer}; create table u (id int)`);
    t.match(notices[1], /permission denied for function pg_notify/);
  });
});
