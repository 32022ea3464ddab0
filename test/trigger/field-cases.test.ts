import t, { type Test } from 'tap';
import { appOn, connect, readFixture } from '../helper.js';
import { databaseFor } from '../support/database.js';

interface Other {
  kind: string;
  reloads: string;
  trigger: { name: string; event: string };
  evidence: string;
  gaps: string[];
}

/** What the status says of others, by name, in a database where `sql` ran. */
async function othersAfter(t: Test, sql: string, channel = 'pgrst'): Promise<Record<string, Other>> {
  const database = await databaseFor(t);
  await (await connect(t, database.databaseUrl)).query(sql);
  const app = await appOn(t, database, { PGRST_DB_CHANNEL: channel });
  const { others } = (await app.inject('/trigger/status')).json();
  return Object.fromEntries(others.map((other: Other) => [other.trigger.name, other]));
}

const field = (name: string) => readFixture(`field-cases/trigger-${name}.sql`);

/** Event triggers that run PL/pgSQL. They come last: they would fire when the functions are created. */
const triggers = (...all: [name: string, body: string, declare?: string][]) => {
  const functions = all.map(([name, body, declare = '']) => {
    const head = `create function public.${name}() returns event_trigger language plpgsql`;
    return `${head} as $f$ ${declare} begin ${body} end $f$;\n`;
  });
  const create = ([name]: [string, ...unknown[]]) =>
    `create event trigger ${name} on ddl_command_end execute function public.${name}();\n`;
  return [...functions, ...all.map(create)].join('');
};

t.test('a NOTIFY in a hint is no notification', async (t) => {
  t.same(await othersAfter(t, field('only-mentions-it')), {});
});

t.test('a reload of the configuration is told as one that reloads no schema cache', async (t) => {
  t.match(await othersAfter(t, field('config-only')), {
    reload_config: { kind: 'config_only', reloads: 'no', gaps: [/'reload config' only.*reloads no schema cache/] },
  });
});

t.test('dynamic SQL may notify, and its text is shown', async (t) => {
  const others = await othersAfter(t, field('dynamic-sql'));
  t.match(others, {
    dyn_execute: { kind: 'may_notify', reloads: 'maybe', evidence: /^execute 'NOTIFY pgrst, ''reload schema'''$/ },
    dyn_format: { kind: 'may_notify', reloads: 'maybe', evidence: /^execute format\('NOTIFY %I, %L'/ },
    dyn_variable: { kind: 'may_notify', reloads: 'maybe', evidence: "pg_notify(c, 'reload schema')" },
    dyn_escape: { kind: 'may_notify', reloads: 'maybe', evidence: "pg_notify(E'pgrst', 'reload schema')" },
  });
  t.equal(Object.keys(others).length, 4);
});

t.test('WHEN TAG names the kinds of DDL that it misses', async (t) => {
  const { on_table_ddl } = await othersAfter(t, field('when-tag-tables-only'));
  t.match(on_table_ddl, { kind: 'other', reloads: 'yes' });
  const [gap = ''] = on_table_ddl?.gaps ?? [];
  t.match(gap, /^fires on .*DROP TABLE only \(WHEN TAG IN\): misses CREATE TABLE AS, SELECT INTO, views/);
  for (const kind of ['functions', 'types', 'schemas', 'COMMENT']) t.match(gap, new RegExp(`, ${kind}`));
  t.notMatch(gap, /misses (.*, )?(tables|ALTER TABLE),/);
});

t.test('what fires at logins is told as that', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const { rows } = await client.query(`select current_setting('server_version_num')::int >= 170000 as "has"`);
  if (!rows[0].has) return;
  t.match(await othersAfter(t, field('sql-language-and-login')), {
    on_login: { kind: 'on_login', reloads: 'yes', gaps: [/every login/, /never on DDL/] },
  });
});

t.test('only what reaches the channel is listed: names without quotes fold, literals do not', async (t) => {
  const sql = triggers(
    ['folded', 'notify pgrst;'],
    ['upper', 'NOTIFY PGRST;'],
    ['lower_literal', `perform pg_notify('pgrst', 'reload schema');`],
    ['quoted', 'notify "PGRST";'],
    ['literal', `perform pg_notify('PGRST', 'reload schema');`],
    ['unicode', String.raw`notify U&"\0050GRST";`],
  );
  t.same(Object.keys(await othersAfter(t, sql, 'PGRST')).sort(), ['literal', 'quoted', 'unicode']);
  t.same(Object.keys(await othersAfter(t, sql)).sort(), ['folded', 'lower_literal', 'upper']);
});

t.test('what the text rules out is not listed', async (t) => {
  const sql = triggers(
    ['grants', `execute format('grant select on %s to anon', 'organizations');`],
    ['assembled', `q := format('alter table %I add x int', tg_tag); execute q;`, 'declare q text;'],
    ['grown', `q := 'alter table x'; q := q || ' add y int'; execute q;`, 'declare q text;'],
    ['elsewhere', `perform pg_notify(c, tg_tag);`, `declare c constant text := 'audit';`],
    ['executed_elsewhere', `execute 'notify audit, ''reload schema''';`],
    ['comments', `/* /* notify pgrst; */ notify pgrst; */ -- notify pgrst;\n raise notice $$notify pgrst;$$;`],
    ['granting', 'grant execute on function public.search_projects to anon;'],
  );
  t.same(await othersAfter(t, sql), {});
});

t.test('what the text leaves open may notify', async (t) => {
  const sql = triggers(
    ['cut', `execute 'not' || 'ify pgrst';`],
    ['foreign_text', `execute (select 'x'::text);`],
    ['filled', `select 'notify pgrst' into q; execute q;`, 'declare q text;'],
    ['payload', `perform pg_notify('pgrst', tg_tag);`],
    ['appended', `q := 'select 1'; q := q || '; notify pgrst'; execute q;`, 'declare q text;'],
    ['replaced', `execute replace(tg_tag, 'create table', 'x');`],
    ['stored', `select 1, 'notify' into n, q; execute q;`, `declare n int; q text := 'select 1';`],
    ['runs_block', `execute format('do %L', tg_tag);`],
    ['calls_by_name', `execute 'select ' || tg_tag;`],
  );
  const others = await othersAfter(t, sql);
  t.same(Object.keys(others).sort(), [
    'appended',
    'calls_by_name',
    'cut',
    'filled',
    'foreign_text',
    'payload',
    'replaced',
    'runs_block',
    'stored',
  ]);
  t.ok(Object.values(others).every(({ kind, evidence }) => kind === 'may_notify' && evidence !== ''));
});

t.test('the payload decides what PostgREST reloads', async (t) => {
  const others = await othersAfter(
    t,
    triggers(
      ['bare', 'notify pgrst;'],
      ['empty', `perform pg_catalog.pg_notify('pgrst', '');`],
      ['none', `perform pg_notify('pgrst', null);`],
      ['with_config', `notify pgrst, 'reload config'; notify pgrst, 'reload schema';`],
      ['unknown', `notify pgrst, 'Reload Schema';`],
    ),
  );
  t.match(others, {
    bare: { reloads: 'yes', evidence: 'notify pgrst' },
    empty: { reloads: 'yes' },
    none: { reloads: 'yes' },
    with_config: { reloads: 'yes', evidence: `notify pgrst, 'reload schema'` },
    unknown: { reloads: 'no', gaps: [/'Reload Schema' only/] },
  });
});

t.test('calls are followed where they are plain', async (t) => {
  const sql = `
    create schema tools;
    create function tools.reload() returns void language sql as $$ select pg_notify('pgrst', 'reload schema') $$;
    create function tools.atomic() returns void language sql begin atomic select pg_notify('pgrst', 'reload schema'); end;
    create function tools.again(n int) returns void language plpgsql as $$ begin perform tools.again(n - 1); perform tools.reload(); end $$;
    create function tools.send(channel text) returns void language plpgsql as $$ begin perform pg_notify(channel, ''); end $$;
    create function tools.run(sql text) returns void language plpgsql as $$ begin execute sql; end $$;
    create function public.twice() returns void language sql as $$ select pg_notify('pgrst', '') $$;
    create function tools.twice() returns void language sql as $$ select 1 $$;
    create function tools.silent() returns void language sql as $$ select 1 $$;
    ${triggers(
      ['plain', 'perform tools.reload();'],
      ['standard', 'perform tools.atomic();'],
      ['circular', 'perform tools.again(1);'],
      ['told', `perform tools.send('pgrst');`],
      ['runs', `perform tools.run('x');`],
      ['either', 'perform twice();'],
      ['silent', 'perform tools.silent(), now();'],
    )}`;
  const others = await othersAfter(t, sql);
  t.match(others, {
    plain: { kind: 'documented_simple', reloads: 'yes', evidence: /^tools\.reload\(\): pg_notify\('pgrst'/ },
    standard: { reloads: 'yes' },
    circular: { reloads: 'yes' },
    told: { kind: 'may_notify', evidence: "tools.send(): pg_notify(channel, '')" },
    runs: { kind: 'may_notify' },
    either: { kind: 'may_notify' },
  });
  t.notOk('silent' in others);
});

t.test('what is executed is followed like the code itself', async (t) => {
  const sql = `
    create function public.reload_it() returns void language plpgsql as $$ begin notify pgrst, 'reload schema'; end $$;
    create function public.quiet() returns void language sql as $$ select 1 $$;
    ${triggers(
      ['constant', `execute 'select public.reload_it()';`],
      ['variable', `q := 'call public.reload_it()'; execute q;`, 'declare q text;'],
      ['literal_hole', `execute format('select public.reload_it(%L)', tg_tag);`],
      ['joined', `execute 'select public.' || tg_tag || '()';`],
      ['grown', `q := 'select public.'; q := q || tg_tag || '()'; execute q;`, 'declare q text;'],
      ['second', `execute 'create table x (); select ' || tg_tag;`],
      ['named', `execute format('select public.%I()', tg_tag);`],
      ['called', `execute format('call %s()', tg_tag);`],
      ['inserted', `execute format('insert into %I.log select %I()', tg_tag, tg_tag);`],
      ['block', 'execute $q$do $x$begin notify pgrst; end$x$ $q$;'],
      ['block_of_language', 'execute $q$do language plpgsql $x$begin execute $y$notify pgrst$y$; end$x$ $q$;'],
      ['plain_block', 'do $x$begin notify pgrst; end$x$;'],
      ['silent', `execute 'select public.quiet(), now()';`],
      ['silent_block', 'execute $q$do $x$begin perform public.quiet(); end$x$ $q$;'],
      ['logged', `execute format('insert into %I.log values (%L)', tg_tag, tg_event);`],
      ['granted', `execute 'grant execute on function public.reload_it() to public';`],
      ['created', `execute format('create function %I() returns int as $x$ begin; return 1; end $x$', tg_tag);`],
    )}`;
  const others = await othersAfter(t, sql);
  t.match(others, {
    constant: { kind: 'may_notify', evidence: /^public\.reload_it\(\): notify pgrst, 'reload schema'$/ },
    block: { kind: 'may_notify', evidence: /^execute \$q\$do/ },
    plain_block: { reloads: 'yes', evidence: /^do \$x\$begin notify pgrst/ },
  });
  t.same(Object.keys(others).sort(), [
    'block',
    'block_of_language',
    'called',
    'constant',
    'grown',
    'inserted',
    'joined',
    'literal_hole',
    'named',
    'plain_block',
    'second',
    'variable',
  ]);
});

t.test('a function that cannot be read may notify', async (t) => {
  const sql = `
    create function public.in_c() returns event_trigger language internal as 'pg_notify';
    create event trigger in_c on ddl_command_end execute function public.in_c();
    alter event trigger in_c disable`;
  t.match(await othersAfter(t, sql), {
    in_c: { kind: 'may_notify', evidence: /written in C \(pg_notify\)/, gaps: [/disabled/] },
  });
});
