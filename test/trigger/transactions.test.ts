import t from 'tap';
import { sandboxFor } from '../helper.js';
import { watchedDatabase } from './watched.js';

const sandbox = await sandboxFor(t, { postgresSettings: { max_prepared_transactions: '5', autovacuum: 'off' } });

t.test('what a savepoint takes back does not count, and what follows it does', async (t) => {
  const { notified, warnings } = await watchedDatabase(t, sandbox);
  const failing = `do $$ begin
    create table gone ();
    raise exception 'taken back';
  exception when raise_exception then null;
  end $$`;
  const cases: [ddl: string, channels: string[]][] = [
    ['savepoint a; create table gone (); rollback to a; create table a ()', ['pgrst']],
    ['savepoint a; create table gone (); rollback to a; create table private.a ()', []],
    ['create table b (); savepoint a; create table gone (); rollback to a; create table c ()', ['pgrst']],
    ['savepoint a; savepoint b; create table gone (); release b; rollback to a; create table d ()', ['pgrst']],
    ['savepoint a; savepoint b; create table gone (); release b; rollback to a', []],
    ['savepoint a; create table gone (); rollback to a; drop table b', ['pgrst']],
    [`${failing}; create table e ()`, ['pgrst']],
    [failing, []],
    ['create table gone (); rollback; begin; create table private.c ()', []],
    ['create table f (); commit and chain; create table private.d ()', ['pgrst']],
    ['create table g (); commit and chain; create table h ()', ['pgrst', 'pgrst']],
  ];
  for (const [ddl, channels] of cases) t.same(await notified(`begin; ${ddl}; commit`), channels, ddl);
  t.same(await notified('create table i (); begin; create table gone (); rollback'), [], 'one implicit transaction');
  t.same(warnings, []);
});

/** Numbers from 0 to 1, the same ones in each run. */
function pseudoRandom(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = pseudoRandom(1);
const pick = <Item>(items: Item[]): Item => items[Math.floor(random() * items.length)] as Item;
const block = (ddl: string) =>
  `do $$ begin begin ${ddl}; exception when division_by_zero then null; end; perform 1; end $$`;

/** A transaction with savepoints in any order, and whether something that matters is left of it. */
function randomTransaction(name: string, length: number): { sql: string; matters: boolean } {
  const statements = ['begin'];
  // What is left of it so far: the open savepoints, and 'exposed' for each table that matters.
  let left: string[] = [];
  for (let step = 0; step < length; step++) {
    const table = `${name}_${step} ()`;
    const savepoint = `savepoint ${pick(['a', 'b', 'c'])}`;
    const at = left.lastIndexOf(savepoint);
    const steps: [statement: string, left: string[]][] = [
      [`create table ${table}`, [...left, 'exposed']],
      [block(`create table ${table}`), [...left, 'exposed']],
      [block(`create table ${table}; perform 1 / 0`), left],
      [`create table private.${table}`, left],
      [savepoint, [...left, savepoint]],
    ];
    if (at >= 0) {
      steps.push([`rollback to ${savepoint}`, left.slice(0, at + 1)]);
      steps.push([`release ${savepoint}`, left.filter((item, index) => index < at || item === 'exposed')]);
    }
    const [statement, leftNow] = pick(steps);
    statements.push(statement);
    left = leftNow;
  }
  const end = pick(['commit', 'commit', 'commit', 'rollback']);
  return { sql: [...statements, end].join('; '), matters: end === 'commit' && left.includes('exposed') };
}

t.test('whatever the order of savepoints, it notifies once if anything that matters is left, else not', async (t) => {
  const { notified, warnings } = await watchedDatabase(t, sandbox);
  for (let number = 0; number < 400; number++) {
    const { sql, matters } = randomTransaction(`t${number}`, 4 + (number % 12));
    const heard = await notified(sql);
    if (heard.length !== (matters ? 1 : 0)) t.fail(`${heard.length} notifications of ${sql}`);
  }
  t.same(warnings, []);
});

t.test('each transaction of a block that commits notifies for itself', async (t) => {
  const { notified, warnings } = await watchedDatabase(t, sandbox);
  const sql = `do $$ begin
    for number in 1..3 loop
      execute format('create table t%s ()', number);
      execute format('create table u%s ()', number);
      commit;
      execute format('create table private.t%s ()', number);
      commit;
    end loop;
  end $$`;
  t.same(await notified(sql), ['pgrst', 'pgrst', 'pgrst']);
  t.same(warnings, []);
});

t.test('a transaction of 2,000 statements notifies once if any matters, and takes one transaction id', async (t) => {
  const { notified, warnings, client } = await watchedDatabase(t, sandbox);
  const nextXid = async () => Number((await client.query('select pg_current_xact_id() as xid')).rows[0].xid);
  const ddl = (schema: string) =>
    Array.from({ length: 500 }, (_, number) => {
      const table = `${schema}.t${number}`;
      return `create table ${table} (a int); create index on ${table} (a); comment on table ${table} is ''; drop table ${table};`;
    }).join('');
  for (const [schema, channels] of [
    ['public', ['pgrst']],
    ['private', []],
  ] as const) {
    const before = await nextXid();
    t.same(await notified(`begin; ${ddl(schema)} commit`), channels, schema);
    t.equal(await nextXid(), before + 2);
  }
  t.same(warnings, []);
});

/** What another session commits after our snapshot was taken, and what we do then, which only matters with it. */
const behindOurBack: [what: string, theirs: string, ours: string][] = [
  [
    'a view over a private table',
    'create view v1 as select * from private.t',
    'alter table private.t add primary key (id)',
  ],
  [
    'an exposed function with a private type',
    'create function f1(private.pair) returns int language sql as $$ select 1 $$',
    'alter type private.pair rename to couple',
  ],
  ['the view of a rule', 'create view v2 as select 1 as id', 'create rule r as on insert to v2 do instead nothing'],
  [
    'the view of a rule that is dropped',
    'create view v3 as select 1 as id; create rule r as on insert to v3 do instead nothing',
    'drop rule r on v3',
  ],
  [
    'the view of a trigger',
    `create view v4 as select 1 as id;
     create trigger a instead of insert on v4 for each row execute function private.nothing()`,
    'create trigger b instead of delete on v4 for each row execute function private.nothing()',
  ],
  [
    'the domain of a cast',
    'create domain d1 as text; create function private.f(d1) returns json language sql as $$ select null::json $$',
    'create cast (d1 as json) with function private.f(d1) as implicit',
  ],
  [
    'the cast of a function that is revoked',
    `create domain d2 as text; create function private.f(d2) returns json language sql as $$ select null::json $$;
     create cast (d2 as json) with function private.f(d2) as implicit`,
    'revoke execute on function private.f(d2) from public',
  ],
  [
    'the tables of a computed relationship',
    'create table x1 (); create table y1 ()',
    'create function private.f(x1) returns setof y1 language sql as $$ select from y1 $$',
  ],
  [
    'the table of a computed relationship that is dropped',
    'create table x2 (); create function private.f(x2) returns setof x2 language sql as $$ select from x2 $$',
    'drop function private.f(x2)',
  ],
  ['an enum of the same name', 'create type mood as enum ()', `create type private.mood as enum ('glad')`],
  ['that the schema is exposed', `alter database :name set pgrst.db_schemas = 'private'`, 'create table private.u ()'],
];

for (const isolation of ['read committed', 'repeatable read', 'serializable']) {
  t.test(`under ${isolation} it counts with what others committed in the meantime`, async (t) => {
    const { name, client, connect, notified, warnings } = await watchedDatabase(t, sandbox);
    const others = await connect();
    await others.query(`
      create table private.t (id int not null);
      create type private.pair as (a int, b int);
      create function private.nothing() returns trigger language plpgsql as $$ begin return null; end $$`);
    for (const [what, theirs, ours] of behindOurBack) {
      await client.query(`begin isolation level ${isolation}; select from pg_class`);
      await notified(theirs.replace(':name', name), others);
      t.same(await notified(`${ours}; commit`), ['pgrst'], what);
    }
    t.same(
      warnings.filter(({ message }) => !message.startsWith('cast will be ignored')),
      [],
    );
  });
}

t.test('serializable transactions with DDL at the same time all commit', async (t) => {
  const { connect, notified, warnings } = await watchedDatabase(t, sandbox);
  const sessions = await Promise.all([1, 2, 3, 4].map(connect));
  await Promise.all(
    sessions.map((session) => session.query('begin isolation level serializable; select from pg_class')),
  );
  await Promise.all(sessions.map((session, number) => session.query(`create table t${number} (id int primary key)`)));
  await Promise.all(sessions.map((session, number) => session.query(`alter table t${number} add a int; commit`)));
  t.same(await notified('select'), ['pgrst', 'pgrst', 'pgrst', 'pgrst']);
  t.same(warnings, []);
});

t.test('20 sessions at once neither block nor fail each other, and each commit notifies', async (t) => {
  const { connect, notified, warnings } = await watchedDatabase(t, sandbox);
  const sessions = await Promise.all(Array.from({ length: 20 }, connect));
  const statements = (table: string) => [
    `create table ${table} (id int primary key, note text)`,
    `alter table ${table} add more int default 1`,
    `create index on ${table} (more)`,
    `create view ${table}_view as select * from ${table}`,
    `drop table ${table} cascade`,
  ];
  await Promise.all(
    sessions.map(async (session, number) => {
      const ddl = statements(`t${number}`);
      for (let round = 0; round < 5; round++) {
        for (const sql of number % 2 === 0 ? ddl : ['begin', ...ddl, 'commit']) await session.query(sql);
      }
    }),
  );
  const eachStatement = 10 * 5 * (5 - 1);
  const eachTransaction = 10 * 5;
  t.equal((await notified('select')).length, eachStatement + eachTransaction);
  t.same(warnings, []);
});

t.test('PREPARE TRANSACTION works where the transaction keeps the trigger silent, and only there', async (t) => {
  const { client, notified, warnings } = await watchedDatabase(t, sandbox);
  await client.query('begin; create table a ()');
  await t.rejects(client.query(`prepare transaction 'one'`), { code: '0A000', message: /NOTIFY/ });
  t.same(await notified('create table private.b ()'), [], 'it is all taken back');
  t.same((await client.query(`select to_regclass('a') as a`)).rows, [{ a: null }]);

  const silent = `begin; set local pgrst_ops.notify = off; create table b (); prepare transaction 'two'`;
  t.same(await notified(silent), []);
  t.same(await notified(`commit prepared 'two'`), []);
  t.same(await notified('alter table b add id int'), ['pgrst'], 'the next transaction of the session');
  t.same(await notified(`begin; create table private.a (); prepare transaction 'three'`), [], 'nothing that matters');
  t.same(await notified(`rollback prepared 'three'`), []);
  t.same(warnings, []);
});

t.test('pgrst_ops.notify = off keeps exactly one transaction silent, unless it is taken back', async (t) => {
  const { client, notified, warnings } = await watchedDatabase(t, sandbox);
  const off = 'set local pgrst_ops.notify = off';
  const cases: [sql: string, channels: string[]][] = [
    [`begin; ${off}; create table a (); create table b (); commit`, []],
    ['create table c ()', ['pgrst']],
    [`begin; ${off}; create table d (); rollback; begin; create table d (); commit`, ['pgrst']],
    [`begin; savepoint a; ${off}; create table gone (); rollback to a; create table e (); commit`, ['pgrst']],
    [`begin; savepoint a; ${off}; release a; create table f (); commit`, []],
    [`begin; ${off}; savepoint a; create table gone (); rollback to a; create table g (); commit`, []],
    [`begin; ${off}; create table h (); commit and chain; create table i (); commit`, ['pgrst']],
    [`begin; create table j (); ${off}; create table k (); commit`, ['pgrst']],
    ['create table l ()', ['pgrst']],
  ];
  for (const [sql, channels] of cases) t.same(await notified(sql), channels, sql);
  t.same((await client.query(`select nullif(current_setting('pgrst_ops.notify', true), '') as value`)).rows, [
    { value: null },
  ]);
  t.same(warnings, []);
});
