import t from 'tap';
import { appOn, connect } from '../helper.js';
import { databaseFor } from '../support/database.js';
import { diagnoserOn, errorOf } from './ask.js';

t.test('relations, columns, relationships and functions, as the real PostgREST misses them', async (t) => {
  const sandbox = await databaseFor(t, { postgrestConfig: { PGRST_DB_SCHEMAS: 'public,api' } });
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create schema api; create schema internal; grant usage on schema api to anon');
  const app = await appOn(t, sandbox);
  const diagnose = diagnoserOn(t, app);
  const api = sandbox.postgrestUrl;
  const reload = async () => {
    const answer = await app.inject({ method: 'POST', url: '/schema/reload' });
    t.equal(answer.statusCode, 200, 'reloaded');
  };
  const reloading = { sql: `notify pgrst, 'reload schema';` };
  await reload();

  t.test('columns', async (t) => {
    await database.query('alter table organizations add column created_by text');
    const stale = await errorOf(`${api}/organizations?columns=name,created_by`, []);
    t.match(stale, { code: 'PGRST204' });
    t.match(await diagnose(stale), {
      verdict: 'stale_cache',
      code: 'PGRST204',
      explanation: `PostgreSQL has the column public.organizations.created_by; the schema cache of ${api} has it not.`,
      remedy: reloading,
      evidence: [
        { source: 'error' },
        { source: 'catalog', found: 'The column public.organizations.created_by is in the catalog.' },
        { source: 'instance', instance: api, found: /does not have the column .*: PGRST204/ },
        { source: 'listeners', found: /: 1 on pgrst/ },
      ],
    });
    t.match(
      await diagnose({ data: null, error: stale, status: 400 }),
      { verdict: 'stale_cache' },
      'as clients wrap it',
    );
    await reload();
    t.match(await diagnose(stale), { verdict: 'resolved' });

    t.match(await diagnose(await errorOf(`${api}/organizations?columns=craeted_by`, [])), {
      verdict: 'misspelt',
      suggestions: ['created_by'],
    });
    t.match(await diagnose(await errorOf(`${api}/organizations?columns=quite_another`, [])), {
      verdict: 'not_in_database',
      explanation: /public\.organizations\.quite_another/,
    });

    const unread = await errorOf(`${api}/organizations?select=nmae`);
    t.match(unread, { code: '42703' });
    t.match(await diagnose(unread), { verdict: 'misspelt', suggestions: ['name'] });
    const embedded = await errorOf(`${api}/projects?select=id,organizations(nmae)`);
    t.match(embedded, { message: 'column organizations_1.nmae does not exist' });
    t.match(await diagnose(embedded), { verdict: 'misspelt', suggestions: ['name'] });

    await database.query('alter table organizations drop column created_by');
    const dropped = await errorOf(`${api}/organizations?columns=name,created_by`, [{ name: 'x', created_by: 'y' }]);
    t.match(dropped, { code: '42703' });
    t.match(await diagnose(dropped), {
      verdict: 'stale_cache',
      explanation: /does not have the column public\.organizations\.created_by; the schema cache of .* still has it/,
      remedy: reloading,
    });
    await reload();
    t.match(await diagnose(dropped), { verdict: 'not_in_database', suggestions: ['created_at'] });
  });

  t.test('relations', async (t) => {
    const absent = await errorOf(`${api}/invoices`);
    t.match(absent, { code: '42P01' });
    t.match(await diagnose(absent), { verdict: 'not_in_database', explanation: /public\.invoices/ });
    t.match(await diagnose(await errorOf(`${api}/organisations`)), {
      verdict: 'misspelt',
      suggestions: ['organizations'],
    });
    await database.query('create table invoices (id int)');
    const unknown = { ...(await errorOf(`${api}/invoices?columns=id`, [])), method: 'POST', path: '/invoices' };
    t.notMatch(unknown, { code: /./ }, 'PostgREST 12.0 answers with an empty object');
    const later = {
      code: 'PGRST205',
      details: null,
      hint: "Perhaps you meant the table 'public.projects'",
      message: "Could not find the table 'public.invoices' in the schema cache",
    };
    for (const error of [unknown, later]) {
      t.match(await diagnose(error), { verdict: 'stale_cache', explanation: /relation public\.invoices/ });
    }
    await reload();
    for (const error of [unknown, later]) t.match(await diagnose(error), { verdict: 'resolved' });
    await database.query('drop table invoices');
    const dropped = await errorOf(`${api}/invoices`);
    t.match(await diagnose(dropped), { verdict: 'stale_cache', explanation: /still has it/ });
    await reload();

    await database.query('create table api.invoices (id int); create table internal.ledger (id int)');
    t.match(await diagnose(dropped), {
      verdict: 'misspelt',
      explanation: /schema api has one of this name/,
      suggestions: ['api.invoices'],
    });
    t.match(await diagnose(await errorOf(`${api}/ledger`)), {
      verdict: 'schema_not_exposed',
      suggestions: ['internal.ledger'],
    });

    await database.query(`
      create table parts (id int) partition by list (id);
      create table parts_1 partition of parts for values in (1)`);
    await reload();
    t.match(await diagnose({ ...later, message: later.message.replace('invoices', 'parts_1') }), {
      verdict: 'not_served',
      explanation: /partition/,
    });
  });

  t.test('relationships', async (t) => {
    await database.query(
      'create table owners (id int primary key); alter table organizations add column owner int, add column payer int',
    );
    await reload();
    const none = await errorOf(`${api}/organizations?select=id,owners(id)`);
    t.match(none, { code: 'PGRST200' });
    t.match(await diagnose(none), { verdict: 'not_in_database', explanation: /from public\.organizations to owners/ });
    await database.query('create table audit (id int); create table audits (id int)');
    t.match(
      await diagnose(await errorOf(`${api}/organizations?select=id,audit(id)`)),
      { verdict: 'not_in_database', suggestions: ['audits'] },
      'a relation that is there is not misspelt',
    );
    await database.query('alter table organizations add foreign key (owner) references owners');
    const stale = await errorOf(`${api}/organizations?select=id,owners(id)`);
    t.match(await diagnose(stale), { verdict: 'stale_cache', remedy: reloading });
    t.match(
      await diagnose(await errorOf(`${api}/owners?select=id,organizations(id)`)),
      { verdict: 'stale_cache' },
      'the other way round',
    );
    await reload();
    t.match(await diagnose(stale), { verdict: 'resolved' });
    t.match(await diagnose(await errorOf(`${api}/organizations?select=id,ownres(id)`)), {
      verdict: 'misspelt',
      suggestions: ['owners'],
    });
    t.match(await diagnose(await errorOf(`${api}/organizations?select=id,owners!nonsense(id)`)), {
      verdict: 'misspelt',
      suggestions: ['owners!organizations_owner_fkey'],
    });
    t.match(
      await diagnose(await errorOf(`${api}/organisations?select=id,owners(id)`)),
      { verdict: 'misspelt', suggestions: ['organizations'] },
      'the relation that embeds is misspelt',
    );

    await database.query('alter table organizations add foreign key (payer) references owners');
    await reload();
    const ambiguous = await errorOf(`${api}/organizations?select=id,owners(id)`);
    t.match(ambiguous, { code: 'PGRST201' });
    const hints = ['owners!organizations_owner_fkey', 'owners!organizations_payer_fkey'];
    t.match(await diagnose(ambiguous), { verdict: 'ambiguous_relationship', suggestions: hints });
    t.match(await diagnose({ error: ambiguous }), {
      remedy: { action: /select=\*,owners!organizations_(owner|payer)_fkey\(\*\)/ },
    });

    await database.query(`
      create table internal.vault (id int primary key);
      alter table organizations add column vault int references internal.vault;
      create table notes (id int primary key, owner int references owners, project bigint references projects);
      create function vault(organizations) returns int stable language sql as 'select 1'`);
    await reload();
    t.match(
      await diagnose(await errorOf(`${api}/organizations?select=id,vault(id)`)),
      { verdict: 'schema_not_exposed', explanation: /organizations_vault_fkey.*internal\.vault/ },
      'a foreign key into a schema that is not exposed is no relationship, nor is a computed column',
    );
    t.match(
      await diagnose(await errorOf(`${api}/owners?select=id,projects(id)`)),
      { verdict: 'not_served', explanation: /lies between them, and its primary key/ },
      'a relation with foreign keys to both is no junction without them in its primary key',
    );

    await database.query('create view paid as select id, payer from organizations');
    const ofView = await errorOf(`${api}/owners?select=id,paid(id)`);
    t.match(await diagnose(ofView), {
      verdict: 'stale_cache',
      explanation: /from public\.owners to paid/,
      remedy: reloading,
    });
    await database.query('create view owner_names as select id from owners');
    await reload();
    t.match(await diagnose(ofView), { verdict: 'resolved' });
    t.match(
      await diagnose(none),
      { verdict: 'ambiguous_relationship', suggestions: hints },
      'what was missing has become ambiguous',
    );
    t.match(await diagnose(await errorOf(`${api}/projects?select=id,owner_names(id)`)), {
      verdict: 'not_in_database',
      explanation: /No foreign key leads from a table under public\.projects to one under public\.owner_names/,
    });

    await database.query(`
      create table members (owner int references owners, project bigint references projects, primary key (owner, project));
      create function projects_of(owners) returns setof projects stable language sql as 'select * from projects'`);
    t.match(await diagnose(await errorOf(`${api}/owners?select=id,projects(id)`)), { verdict: 'stale_cache' });
    const computed = await errorOf(`${api}/owners?select=id,projects_of(id)`);
    t.match(await diagnose(computed), { verdict: 'stale_cache' });
    await reload();
    t.match(await diagnose(computed), { verdict: 'resolved' });
  });

  t.test('functions', async (t) => {
    const absent = await errorOf(`${api}/rpc/total?organization=1`);
    t.match(absent, { code: 'PGRST202' });
    t.match(await diagnose(absent), { verdict: 'not_in_database', explanation: /public\.total\(organization\)/ });
    await database.query(`create function total(organization int, year int default 1) returns int
      language sql as 'select 1'`);
    t.match(await diagnose(absent), { verdict: 'stale_cache', remedy: reloading });
    const posted = await errorOf(`${api}/rpc/total`, { organization: 1 });
    t.match(await diagnose(posted), { verdict: 'stale_cache' });
    await reload();
    t.match(await diagnose(absent), { verdict: 'resolved' });
    t.match(await diagnose(posted), { verdict: 'resolved' });
    t.match(await diagnose(await errorOf(`${api}/rpc/totla?organization=1`)), {
      verdict: 'misspelt',
      suggestions: ['total'],
    });
    t.match(await diagnose(await errorOf(`${api}/rpc/total?year=1`)), {
      verdict: 'misspelt',
      explanation: /with other arguments/,
      suggestions: ['public.total(organization integer, year integer)'],
    });

    await database.query(`create function top("limit" int, "x.y" int) returns int language sql as 'select 1'`);
    const top = await errorOf(`${api}/rpc/top`, { limit: 1, 'x.y': 2 });
    t.match(top, { code: 'PGRST202' });
    t.match(await diagnose(top), { verdict: 'stale_cache' }, 'with arguments that mean something else in a query');

    await database.query(`create function on_change() returns trigger language plpgsql as 'begin return new; end'`);
    await reload();
    t.match(
      await diagnose(await errorOf(`${api}/rpc/on_change`)),
      { verdict: 'not_served' },
      'a trigger function is none that can be called',
    );
    await database.query(`create function receive(jsonb) returns int language sql as 'select 1'`);
    t.match(await diagnose(await errorOf(`${api}/rpc/receive`, { a: 1 })), {
      verdict: 'stale_cache',
      explanation: /takes the body as its only argument/,
      remedy: reloading,
    });

    await database.query(`create function total(organization text) returns int language sql as 'select 1'`);
    await reload();
    const ambiguous = await errorOf(`${api}/rpc/total?organization=1`);
    t.match(ambiguous, { code: 'PGRST203' });
    t.match(await diagnose(ambiguous), {
      verdict: 'ambiguous_function',
      suggestions: [/^public\.total\(organization => /, /^public\.total\(organization => /],
    });

    await database.query('drop function total(text); drop function total(int, int)');
    const dropped = await errorOf(`${api}/rpc/total?organization=1&year=2`);
    t.match(dropped, { code: '42883' });
    t.match(await diagnose(dropped), { verdict: 'stale_cache', explanation: /still has it/ });

    await database.query(`create function broken() returns int language plpgsql
      as 'begin perform nothing_like_this(1); return 1; end'`);
    await reload();
    t.match(await diagnose(await errorOf(`${api}/rpc/broken`)), {
      verdict: 'in_user_code',
      explanation: /function public\.broken\(\)/,
    });
  });

  t.test('names of any kind', async (t) => {
    const names = [
      'a.b',
      `it's "quoted"`,
      'with/slash and space',
      'ünï☃',
      'Mixed',
      'mixed',
      'select',
      '100%',
      'é'.repeat(31),
    ];
    for (const name of names) {
      const quoted = database.escapeIdentifier(name);
      await database.query(`create table ${quoted} (id int primary key)`);
    }
    await reload();
    for (const name of names) {
      const quoted = database.escapeIdentifier(name);
      const path = `/${encodeURIComponent(name)}`;
      const column = encodeURIComponent(`"${name.replaceAll(/["\\]/g, '\\$&')}"`);
      const absent = await errorOf(`${api}${path}?columns=${column}`, []);
      t.match(await diagnose(absent), { verdict: 'not_in_database' }, `no column ${name}`);
      await database.query(`alter table ${quoted} add column ${quoted} int`);
      const stale = await errorOf(`${api}${path}?columns=${column}`, []);
      t.match(await diagnose(stale), { verdict: 'stale_cache' }, `new column ${name}`);
      await database.query(`create table ${database.escapeIdentifier(`${name}!`)} (id int)`);
      const message = `Could not find the table 'public.${name}!' in the schema cache`;
      t.match(await diagnose({ code: 'PGRST205', message }), { verdict: 'stale_cache' }, `new relation ${name}!`);
      t.match(
        await diagnose({ path: `https://example.org/rest/v1${path}!?select=*` }),
        { verdict: 'stale_cache' },
        `new relation ${name}!, by its path`,
      );
    }
    await reload();
    t.match(
      await diagnose({ code: 'PGRST205', message: "Could not find the table 'public.MIXED' in the schema cache" }),
      {
        verdict: 'misspelt',
        suggestions: ['Mixed', 'mixed'],
      },
    );
  });
});
