import t, { type Test } from 'tap';
import { readCatalog } from '../../src/catalog/catalog.js';
import { noModel, ofSchemas } from '../../src/model/model.js';
import { createPool } from '../../src/postgres/pool.js';
import { decodeSchemaCache } from '../../src/postgrest/schema-cache.js';
import { compareSchemaCache } from '../../src/verify/compare-sources.js';
import { capturedDatabase, captureVersions } from '../captured.js';
import { connect, readFixture } from '../helper.js';

async function findings(t: Test, databaseUrl: string, document: string): Promise<string[]> {
  const pool = createPool(databaseUrl, 1);
  t.teardown(() => pool.end());
  const { model } = await readCatalog(pool, ['public']);
  const { findings } = compareSchemaCache(ofSchemas(model, ['public']), decodeSchemaCache(document), '');
  return findings.map(({ kind, object }) => `${kind} ${object}`);
}

t.test('the caches of later versions agree with the catalog that they were made of', async (t) => {
  const url = await capturedDatabase(t);
  for (const version of captureVersions) {
    t.same(await findings(t, url, readFixture(`captures/${version}/schema_cache.json`)), [], version);
    t.same(
      await findings(t, url, readFixture(`captures/${version}/after_notify.schema_cache.json`)),
      ['extra_column public.organizations.extra'],
      version,
    );
  }
  const database = await connect(t, url);
  await database.query('alter table organizations add column extra text');
  for (const version of captureVersions) {
    t.same(
      await findings(t, url, readFixture(`captures/${version}/schema_cache.json`)),
      ['missing_column public.organizations.extra'],
      version,
    );
    t.same(await findings(t, url, readFixture(`captures/${version}/after_notify.schema_cache.json`)), [], version);
  }
});

/** DDL on the captured database, and all that it makes later versions' caches differ in. */
const changes: [ddl: string, ...found: string[]][] = [
  ['drop table tasks', 'extra_relation public.tasks'],
  ['drop table projects cascade', 'extra_relation public.project_counts', 'extra_relation public.projects'],
  ['create view fresh as select * from organizations', 'missing_relation public.fresh'],
  [
    'alter table categories drop constraint categories_parent_id_fkey',
    'extra_relationship public.categories.parent_id',
  ],
  [
    'alter table organization_members drop constraint organization_members_pkey',
    'extra_primary_key public.organization_members',
  ],
  [
    'alter table organization_settings drop constraint organization_settings_organization_id_fkey',
    'extra_relationship public.organization_settings.organization_id',
  ],
  [
    'alter table tasks drop constraint tasks_project_fk',
    'extra_relationship public.tasks.organization_id.project_title',
  ],
  [`alter type org_status add value 'sold'`, 'changed_enum public.org_status'],
  ['alter table tasks alter project_title type varchar(90)', 'changed_column public.tasks.project_title'],
  [`comment on column organizations.name is 'other'`, 'changed_column public.organizations.name'],
  [`comment on table organizations is 'other'`, 'changed_relation public.organizations'],
  [
    'create function do_insert() returns trigger language plpgsql as $$ begin return new; end $$; create trigger insert_instead instead of insert on active_organizations for each row execute function do_insert()',
  ],
  ['drop function add_them', 'extra_function public.add_them(a integer, b integer)'],
  [
    'drop function overloaded(integer); create function overloaded(x bigint) returns text language sql as $$ select null $$',
    'changed_function public.overloaded(x bigint)',
  ],
  ['alter function add_them stable', 'changed_function public.add_them(a integer, b integer)'],
  [`alter function table_out set statement_timeout = '5s'`, 'changed_function public.table_out()'],
  [`comment on function add_them is 'other'`, 'changed_function public.add_them(a integer, b integer)'],
  ['drop function latest_project', 'extra_relationship public.organizations.latest_project'],
  ['alter function latest_project rows 5', 'changed_relationship public.organizations.latest_project'],
  ['drop cast (json as color)', 'extra_representation json -> public.color'],
  ['drop function index_html', 'extra_media_handler public.index_html text/html', 'extra_function public.index_html()'],
  ['create table private.more (id uuid primary key references public.organizations)'],
  ['create index on projects (title)'],
];

t.test('each change gives exactly the findings that it should', async (t) => {
  const url = await capturedDatabase(t);
  const document = readFixture('captures/16.2/schema_cache.json');
  for (const [ddl, ...expected] of changes) {
    await t.test(ddl, async (t) => {
      const name = `changed_${changes.findIndex(([other]) => other === ddl)}`;
      const server = await connect(t, url.replace(/captured$/, 'postgres'));
      await server.query(`create database ${name} template captured`);
      const copy = url.replace(/captured$/, name);
      await (await connect(t, copy)).query(ddl);
      t.same(await findings(t, copy, document), expected);
    });
  }
});

t.test('what is no schema cache is refused, not taken for an empty one', async (t) => {
  for (const document of ['', 'text', 'null', '1', '[]', '{}', '{"dbTables":[]}', '{"dbTables":[[1,2]]}']) {
    t.throws(
      () => compareSchemaCache(noModel, decodeSchemaCache(document), ''),
      { code: 'unexpected_answer' },
      document,
    );
  }
});
