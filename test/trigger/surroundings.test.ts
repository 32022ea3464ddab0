import t from 'tap';
import { connect, sandboxFor } from '../helper.js';
import { watchedDatabase } from './watched.js';

const sandbox = await sandboxFor(t);

t.test('the scripts of extensions run as before, and notify where they touch an exposed schema', async (t) => {
  const { notified, warnings } = await watchedDatabase(t, sandbox);
  const cases: [sql: string, channels: string[]][] = [
    ['create extension hstore schema public', ['pgrst']],
    ['create extension citext schema private', []],
    ['create extension fuzzystrmatch schema private', []],
    ['create extension pg_trgm schema public', ['pgrst']],
    ['alter extension pg_trgm set schema private', ['pgrst']],
    ['alter extension citext set schema public', ['pgrst']],
    ['alter extension citext set schema private', ['pgrst']],
    ['create table t (id int, name private.citext, attributes hstore)', ['pgrst']],
    ['drop extension hstore cascade', ['pgrst']],
    ['drop extension fuzzystrmatch', []],
    [`create extension hstore schema public version '1.4'`, ['pgrst']],
    ['alter extension hstore update', ['pgrst']],
    ['alter table t add more hstore', ['pgrst']],
    ['alter extension hstore set schema private', ['pgrst']],
    ['drop extension hstore cascade', ['pgrst']],
    ['drop extension citext cascade', ['pgrst']],
  ];
  for (const [sql, channels] of cases) t.same(await notified(sql), channels, sql);
  t.same(warnings, []);
});

t.test('DROP OWNED notifies of objects that go, and REASSIGN OWNED fails nothing', async (t) => {
  const { client, notified, warnings } = await watchedDatabase(t, sandbox);
  await client.query(`
    create role leaver;
    grant create on schema public, private to leaver;
    create table granted (id int);
    grant select on granted to leaver;
    set role leaver; create table t (id int); create table private.t (id int); reset role`);
  await notified('reassign owned by leaver to postgres');
  t.same(await notified('drop owned by leaver'), [], 'privileges only');
  await client.query('alter table t owner to leaver; alter table private.t owner to leaver');
  await notified('select');
  t.same(await notified('drop owned by leaver'), ['pgrst']);
  t.same((await client.query(`select to_regclass('t') as t, to_regclass('private.t') as other`)).rows, [
    { t: null, other: null },
  ]);
  t.same(warnings, []);
});

t.test('IMPORT FOREIGN SCHEMA notifies where it goes to an exposed schema', async (t) => {
  const { client, name, notified, warnings } = await watchedDatabase(t, sandbox);
  await client.query(`
    create extension postgres_fdw schema private;
    create server loop foreign data wrapper postgres_fdw
      options (host '127.0.0.1', port '${new URL(sandbox.databaseUrl).port}', dbname '${name}');
    create user mapping for postgres server loop options (user 'postgres', password 'postgres');
    create schema remote; create table remote.one (id int); create table remote.two (id int)`);
  await notified('select');
  t.same(await notified('import foreign schema remote from server loop into public'), ['pgrst']);
  t.same(await notified('import foreign schema remote from server loop into private'), []);
  t.same(warnings, []);
});

t.test('it also notifies under session_replication_role = replica', async (t) => {
  const { client, notified, warnings } = await watchedDatabase(t, sandbox);
  await client.query('set session_replication_role = replica');
  const statements = [
    'create table t (id int)',
    'alter table t add more int',
    'create view v as select 1',
    'drop table t',
  ];
  for (const sql of statements) t.same(await notified(sql), ['pgrst'], sql);
  t.same(warnings, []);
});

/** As pg_dump writes it, paragraph by paragraph. */
const dump = `
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET session_replication_role = replica;

DROP SCHEMA IF EXISTS api CASCADE;

CREATE SCHEMA api;

ALTER SCHEMA api OWNER TO dump_owner;

COMMENT ON SCHEMA api IS 'What is served';

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;

COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';

CREATE TYPE api.state AS ENUM (
    'open',
    'closed'
);

ALTER TYPE api.state OWNER TO dump_owner;

CREATE FUNCTION api.stamp() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin new.name := upper(new.name); return new; end $$;

ALTER FUNCTION api.stamp() OWNER TO dump_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE api.items (
    id bigint NOT NULL,
    name public.citext NOT NULL,
    state api.state DEFAULT 'open'::api.state,
    parent bigint
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY api.items FORCE ROW LEVEL SECURITY;

ALTER TABLE api.items OWNER TO dump_owner;

ALTER TABLE api.items ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME api.items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE api.items_one (
    id bigint NOT NULL,
    name public.citext NOT NULL,
    state api.state DEFAULT 'open'::api.state,
    parent bigint
);

ALTER TABLE ONLY api.items ATTACH PARTITION api.items_one FOR VALUES FROM ('1') TO ('100');

CREATE VIEW api.open_items AS
 SELECT items.id,
    items.name
   FROM api.items
  WHERE (items.state = 'open'::api.state);

CREATE MATERIALIZED VIEW api.counts AS
 SELECT count(*) AS count
   FROM api.items
  WITH NO DATA;

CREATE SEQUENCE api.other_seq
    START WITH 1
    INCREMENT BY 1;

ALTER SEQUENCE api.other_seq OWNED BY api.items_one.parent;

INSERT INTO api.items_one VALUES (1, 'one', 'open', NULL);

SELECT pg_catalog.setval('api.items_id_seq', 1, true);

ALTER TABLE ONLY api.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY api.items_one
    ADD CONSTRAINT items_one_pkey PRIMARY KEY (id);

ALTER INDEX api.items_pkey ATTACH PARTITION api.items_one_pkey;

CREATE TRIGGER stamp BEFORE INSERT ON api.items FOR EACH ROW EXECUTE FUNCTION api.stamp();

ALTER TABLE api.items
    ADD CONSTRAINT items_parent_fkey FOREIGN KEY (parent) REFERENCES api.items(id);

CREATE POLICY everybody ON api.items USING (true);

ALTER TABLE api.items ENABLE ROW LEVEL SECURITY;

REVOKE ALL ON SCHEMA api FROM dump_owner;
GRANT ALL ON SCHEMA api TO dump_owner;

GRANT SELECT ON TABLE api.items TO PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE dump_owner IN SCHEMA api GRANT SELECT ON TABLES TO PUBLIC;

REFRESH MATERIALIZED VIEW api.counts;
`;

t.test('a dump can be restored, statement by statement and in one transaction', async (t) => {
  const paragraphs = dump.trim().split('\n\n');
  const { connect, notified, warnings } = await watchedDatabase(t, sandbox, { schemas: 'api' });
  await (await connect()).query('create role dump_owner');
  for (const scripts of [paragraphs, [dump]]) {
    const session = await connect();
    const channels: string[] = [];
    for (const sql of scripts) channels.push(...(await notified(sql, session)));
    t.not(channels.length, 0);
    t.same((await session.query('select name from api.items')).rows, [{ name: 'one' }]);
  }
  t.same(warnings, []);
});

t.test('databases of one server neither notify each other nor take over settings', async (t) => {
  const one = await watchedDatabase(t, sandbox, { channels: ['pgrst', 'elsewhere'] });
  const other = await watchedDatabase(t, sandbox, { channels: ['pgrst', 'elsewhere'] });
  await one.client.query(`
    alter role authenticator in database ${other.name} set pgrst.db_schemas = 'x';
    alter database ${other.name} set pgrst.db_channel = 'elsewhere';
    alter role authenticator in database ${one.name} set pgrst.db_schemas = 'public'`);
  t.same(await one.notified('create table t ()'), ['pgrst']);
  t.same(await other.notified('select'), []);
  t.same(await one.notified('create schema x'), []);
  t.same(await other.notified('create schema x'), ['elsewhere']);
  t.same(await one.notified('select'), []);
  t.same([...one.warnings, ...other.warnings], []);
});

t.test('settings are taken up between two statements of a session and of a transaction', async (t) => {
  const { name, client, notified, warnings } = await watchedDatabase(t, sandbox, {
    schemas: null,
    channels: ['pgrst', 'one', 'two'],
  });
  await client.query('create role one; create role two');
  const settings: [sql: string, ofPublic: string[], ofPrivate: string[]][] = [
    ['select', ['pgrst'], ['pgrst']],
    [`alter database ${name} set pgrst.db_schemas = 'private'`, [], ['pgrst']],
    [`alter role one in database ${name} set pgrst.db_schemas = 'public'`, ['pgrst'], ['pgrst']],
    [`alter database ${name} set pgrst.db_schemas = 'other'`, ['pgrst'], []],
    [`alter role one in database ${name} set pgrst.db_channel = 'one'`, ['one'], []],
    [`alter role two set pgrst.db_channel = 'two'`, ['one', 'two'], []],
    [`alter role all set pgrst.db_channel = 'one'`, ['one', 'two'], []],
    [`alter role all reset pgrst.db_channel`, ['one', 'two'], []],
    [`alter role one in database ${name} reset all`, [], []],
    [`alter role two set pgrst.db_schemas = 'public'`, ['two'], []],
    [`alter role two reset all`, [], []],
    [`alter database ${name} reset pgrst.db_schemas`, ['pgrst'], ['pgrst']],
  ];
  for (const [setting, ofPublic, ofPrivate] of settings) {
    await client.query(setting);
    for (const [schema, channels] of [
      ['public', ofPublic],
      ['private', ofPrivate],
    ] as const) {
      t.same((await notified(`create table ${schema}.t ()`)).sort(), channels, `${setting}: created in ${schema}`);
      t.same((await notified(`drop table ${schema}.t`)).sort(), channels, `${setting}: dropped in ${schema}`);
    }
  }
  const within = `begin; alter database ${name} set pgrst.db_channel = 'one'; create table t (); commit`;
  t.same(await notified(within), ['one']);
  t.same(warnings, []);
});

t.test('settings count for a database whose files are in another tablespace', async (t) => {
  const server = await connect(t, sandbox.databaseUrl);
  await server.query('set allow_in_place_tablespaces = on');
  await server.query(`create tablespace elsewhere location ''`);
  const { name, client, notified, warnings } = await watchedDatabase(t, sandbox, { options: 'tablespace elsewhere' });
  t.match((await client.query(`select pg_relation_filepath('pg_class') as path`)).rows, [{ path: /^pg_tblspc\// }]);
  t.same(await notified('create table t ()'), ['pgrst'], name);
  t.same(await notified('create table private.t ()'), []);
  t.same(warnings, []);
});
