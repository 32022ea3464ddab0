import { everythingForAnon } from './field-case.js';
import type { Kind } from './kinds.js';

const upsert = { Prefer: 'resolution=merge-duplicates' };
const noReload = /reload schema/;

/** More cases of the kinds that users report. */
export const laterCases: Kind[] = [
  // A stale cache that speaks with another voice.
  {
    id: 'enum-replaced-42804',
    before: `${everythingForAnon} create type mood as enum ('ok'); create table people(id int primary key, m mood); create function feel(m mood) returns int language sql as 'select 1';`,
    after: `create type feeling as enum ('fine'); alter table people alter m type feeling using null; drop function feel; create function feel(m feeling) returns int language sql as 'select 1';`,
    requests: [
      { method: 'POST', path: '/people', body: { id: 1, m: 'fine' }, verdict: 'stale_cache', says: /people\.m/ },
      {
        method: 'POST',
        path: '/rpc/feel',
        body: { m: 'fine' },
        verdict: 'stale_cache',
        says: /feeling/,
        bare: 'stale_cache',
      },
    ],
  },
  {
    id: 'variadic-now-42883',
    before: `grant usage on schema public to anon; create function tagged(a text[]) returns int language sql as 'select 1';`,
    after: `drop function tagged; create function tagged(variadic a text[]) returns int language sql as 'select 1';`,
    requests: [
      {
        method: 'GET',
        path: '/rpc/tagged?a=1&a=2',
        verdict: 'stale_cache',
        says: /variadic a text\[\]/,
        bare: 'stale_cache',
      },
    ],
  },
  {
    id: 'body-argument',
    before: `grant usage on schema public to anon; create function doc(jsonb) returns int language sql as 'select 1'; create function named(a int) returns int language sql as 'select 1';
      create function plain(text) returns int language sql as 'select 1'; create function only_text(text) returns int language sql as 'select 1';`,
    after: `drop function doc; create function doc(a int) returns int language sql as 'select 1'; drop function named; create function named(jsonb) returns int language sql as 'select 2';
      drop function plain; create function plain(jsonb) returns int language sql as 'select 2';`,
    requests: [
      { method: 'POST', path: '/rpc/doc', body: { a: 1 }, verdict: 'stale_cache', says: /doc\(a integer\)/ },
      {
        method: 'POST',
        path: '/rpc/named',
        body: { a: 1 },
        verdict: 'stale_cache',
        never: /Then the request has to ask/,
      },
      { method: 'POST', path: '/rpc/plain', body: { b: 1 }, verdict: 'stale_cache', says: /plain/ },
      { method: 'POST', path: '/rpc/only_text', body: { b: 1 }, verdict: 'not_served|misspelt', never: noReload },
    ],
  },
  {
    id: 'overload-with-default-42725',
    before: `grant usage on schema public to anon; create function pick(a int) returns int language sql as 'select 1';`,
    after: `create function pick(a int, b int default 2) returns int language sql as 'select 1';`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/pick',
        body: { a: 1 },
        verdict: 'ambiguous_function',
        says: /pick\(a integer, b integer\)/,
        never: noReload,
        bare: 'ambiguous_function',
      },
    ],
  },
  {
    id: 'result-changed-42703',
    before: `${everythingForAnon} create table users(id int primary key, name text); create function of_users() returns int language sql as 'select 1';`,
    after: `drop function of_users; create function of_users() returns setof users language sql as 'select * from users';`,
    requests: [
      { method: 'GET', path: '/rpc/of_users?select=id', verdict: 'stale_cache', says: /of_users/, bare: 'unknown' },
      { method: 'GET', path: '/rpc/of_users?id=eq.1&order=name', verdict: 'stale_cache', says: /of_users/ },
    ],
  },
  {
    id: 'junction-gone-42P01',
    before: `${everythingForAnon} create table one(id int primary key); create table two(id int primary key); create table one_two(a int references one, b int references two, primary key (a, b));
      create table three(id int primary key); create table one_three(a int references one, b int references three, primary key (a, b));`,
    after: 'alter table one_two rename to ones_twos; drop table one_three;',
    requests: [
      { method: 'GET', path: '/one?select=*,two(*)', verdict: 'stale_cache', says: /one_two/ },
      {
        method: 'GET',
        path: '/one?select=*,three(*)',
        verdict: 'stale_cache',
        says: /one_three/,
        never: /code of the/,
      },
    ],
  },
  {
    id: 'primary-key-added',
    before: `${everythingForAnon} create table loose(a int not null, v text); insert into loose values (1, 'x');`,
    after: 'alter table loose add primary key (a);',
    requests: [
      { method: 'POST', path: '/loose', headers: upsert, body: { a: 1, v: 'y' }, verdict: 'stale_cache' },
      { method: 'PUT', path: '/loose?a=eq.1', body: { a: 1, v: 'y' }, verdict: 'stale_cache', says: /primary key/ },
    ],
  },
  {
    id: 'one-to-one-now',
    before: `${everythingForAnon} create table users(id int primary key); create table profiles(id int primary key, user_id int references users, x text); create table notes(id int primary key, user_id int references users, x text);`,
    after: 'alter table profiles add unique (user_id);',
    requests: [
      { method: 'GET', path: '/users?select=*,profiles(*)&order=profiles(x)', verdict: 'stale_cache' },
      { method: 'GET', path: '/users?select=*,...profiles(x)', verdict: 'stale_cache', says: /profiles_user_id_fkey/ },
      {
        method: 'GET',
        path: '/users?select=*,notes(*)&order=notes(x)',
        verdict: 'not_about_the_schema',
        never: noReload,
      },
    ],
  },
  // Errors from inside, and those that only look so.
  {
    id: 'extensions-out-of-the-path',
    before: `${everythingForAnon} set check_function_bodies = off; create schema extensions; grant usage on schema extensions to anon; create extension pg_trgm schema extensions; create extension citext schema extensions;
      create table names(id int primary key, name text);
      create function fuzzy(q text) returns setof names language plpgsql as $$ begin return query select * from names where name % q; end $$;
      create function folded(q text) returns boolean language plpgsql as $$ begin return q::citext = 'x'; end $$;
      create function salted() returns text language plpgsql as $$ begin return gen_salt('bf'); end $$;
      create function placed() returns text language plpgsql as $$ declare place geography; begin return place; end $$;
      create function wrong() returns float language plpgsql as $$ begin return fuzzy(1, 2); end $$;
      create function claims() returns text language plpgsql as $$ begin return extensions.uid(); end $$;
      create function joined() returns int language plpgsql as $$ begin return (select count(*) from names n where names.id = 1); end $$;`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/fuzzy',
        body: { q: 'x' },
        verdict: 'in_user_code',
        says: /operator\(extensions\.%\)[\s\S]*set search_path = public, extensions;/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/folded',
        body: { q: 'x' },
        verdict: 'in_user_code',
        says: /extensions\.citext[\s\S]*set search_path = public, extensions;/,
        never: noReload,
        bare: 'in_user_code',
      },
      {
        method: 'POST',
        path: '/rpc/salted',
        body: {},
        verdict: 'in_user_code',
        says: /create extension if not exists pgcrypto;/,
        never: noReload,
      },
      { method: 'POST', path: '/rpc/placed', body: {}, verdict: 'in_user_code', says: /postgis/, never: noReload },
      {
        method: 'POST',
        path: '/rpc/wrong',
        body: {},
        verdict: 'in_user_code',
        says: /public\.fuzzy with arguments/,
        never: /search path/,
      },
      {
        method: 'POST',
        path: '/rpc/claims',
        body: {},
        verdict: 'in_user_code',
        says: /extensions\.uid/,
        never: /db-schemas|exposes/,
        bare: 'in_user_code',
      },
      { method: 'POST', path: '/rpc/joined', body: {}, verdict: 'in_user_code', says: /joined/, never: /search_path/ },
    ],
  },
  {
    id: 'asked-by-the-request',
    before: `${everythingForAnon} create table texts(id int primary key, t text, j json); create table shapes(id int primary key); insert into shapes values (1);
      create extension postgres_fdw; create server remote foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1'); create foreign table far(id int) server remote;`,
    requests: [
      {
        method: 'GET',
        path: '/texts?select=t::vector',
        verdict: 'not_about_the_schema',
        says: /casts a column to vector/,
        never: noReload,
      },
      { method: 'GET', path: '/texts?t=fts.a b', verdict: 'not_about_the_schema', says: /plfts/, never: noReload },
      {
        method: 'GET',
        path: '/texts?t=fts(klingon).a',
        verdict: 'not_about_the_schema',
        says: /pg_ts_config/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/shapes',
        headers: { Accept: 'application/geo+json' },
        verdict: 'misconfigured',
        says: /postgis/,
        never: noReload,
        bare: 'misconfigured',
      },
      {
        method: 'GET',
        path: '/far',
        verdict: 'not_about_the_schema',
        says: /create user mapping for anon/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/texts?t=cs.{a}',
        verdict: 'not_about_the_schema',
        says: /filter/,
        never: noReload,
        bare: 'not_about_the_schema',
      },
    ],
  },
  {
    id: 'raised-with-other-codes',
    before: `${everythingForAnon} create function login() returns int language plpgsql as $$ begin raise invalid_password using message = 'invalid user or password'; end $$;
      create function pay() returns int language plpgsql as $$ begin raise sqlstate 'PGRST' using message = '{"code":"123","message":"Payment Required"}', detail = '{"status":402,"headers":{}}'; end $$;
      create table custs(id int primary key); create table log(id int primary key, cust int references custs); create table orders(id int primary key); create table posted(id int primary key);
      create function log_order() returns trigger language plpgsql as $$ begin insert into log values (new.id, 99); return new; end $$; create trigger log_order after insert on orders for each row execute function log_order();
      create function post_it() returns trigger language plpgsql as $$ begin perform net.http_post('x'); return new; end $$; create trigger post_it after insert on posted for each row execute function post_it();
      create table tree(id int primary key); create table leaf(id int primary key references tree on delete cascade); create table vein(id int primary key references leaf); insert into tree values (1); insert into leaf values (1); insert into vein values (1);`,
    requests: [
      { method: 'POST', path: '/rpc/login', body: {}, verdict: 'in_user_code', says: /login/, bare: 'in_user_code' },
      { method: 'POST', path: '/rpc/pay', body: {}, verdict: 'in_user_code', says: /pay/, never: noReload },
      { method: 'POST', path: '/orders', body: { id: 1 }, verdict: 'in_user_code', says: /log_order/, never: noReload },
      { method: 'POST', path: '/posted', body: { id: 1 }, verdict: 'in_user_code', says: /post_it[\s\S]*pg_net/ },
      { method: 'DELETE', path: '/tree?id=eq.1', verdict: 'not_about_the_schema', never: noReload },
    ],
  },
  // What is there under another name, or another way.
  {
    id: 'columns-elsewhere',
    settings: { PGRST_DB_SCHEMAS: 'public,api' },
    before: `${everythingForAnon} create schema private; create schema api; grant usage on schema api to anon; create table api.things(id int primary key);
      create table base(id int primary key, a text); create view shown as select * from base; create function whole(base) returns text language sql as 'select $1.a'; create function private.age(base) returns int language sql as 'select 1';
      create table kid(id int primary key, base_id int references base, title text); create table staff(id int primary key, manager_id int references staff, buddy_id int references staff);`,
    after: 'alter table base add extra text;',
    requests: [
      {
        method: 'GET',
        path: '/shown?select=id,extra',
        verdict: 'not_in_database',
        says: /create or replace view public\.shown/,
        never: /Run the migration/,
      },
      {
        method: 'POST',
        path: '/shown',
        body: { id: 1, extra: 'x' },
        verdict: 'not_in_database',
        says: /create or replace view/,
      },
      {
        method: 'POST',
        path: '/base',
        body: { id: 1, whole: 'x' },
        verdict: 'not_served',
        says: /computed/,
        never: noReload,
      },
      { method: 'GET', path: '/base?select=age', verdict: 'not_served', says: /db-extra-search-path/, never: noReload },
      { method: 'GET', path: '/base?select=*,kid(*)&kid=eq.1', verdict: 'not_about_the_schema', says: /not\.is\.null/ },
      {
        method: 'GET',
        path: '/kid?select=*,base(*)&order=base(b)',
        verdict: 'not_in_database',
        says: /public\.base\.b/,
      },
      {
        method: 'GET',
        path: '/staff?select=*,manager(*)',
        verdict: 'misspelt',
        says: /\nmanager_id$/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/api.things',
        verdict: 'misspelt',
        says: /Accept-Profile: api/,
        never: /migration|reload schema/,
      },
    ],
  },
  {
    id: 'beyond-requests-42501',
    before: `grant usage on schema public to anon; create materialized view totals as select 1 as id; create function refresh_totals() returns void language plpgsql as $$ begin refresh materialized view totals; end $$;
      create function make() returns int language plpgsql as $$ begin create table made(id int); return 1; end $$;
      create table t(id int generated always as identity, a text); grant insert (a) on t to anon;
      create table guarded(id int primary key); grant all on guarded to anon; alter table guarded enable row level security; create policy readers on guarded for select to postgres using (true);`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/refresh_totals',
        body: {},
        verdict: 'in_user_code',
        says: /owner/,
        never: /grant select/,
      },
      {
        method: 'POST',
        path: '/rpc/make',
        body: {},
        verdict: 'missing_grant',
        says: /grant create on schema public to anon/,
      },
      {
        method: 'POST',
        path: '/t',
        headers: { Prefer: 'return=representation' },
        body: { a: 'x' },
        verdict: 'missing_grant',
        says: /return=representation it needs select/,
      },
      {
        method: 'POST',
        path: '/guarded',
        body: { id: 1 },
        verdict: 'row_level_security',
        says: /readers \(for select, to postgres\)/,
        never: noReload,
      },
    ],
  },
  {
    id: 'advice',
    before: `${everythingForAnon} create type mood as enum ('ok'); create table t(id int primary key, m mood, n int not null default 5, u int unique); create table kid(id int primary key, t int references t, x text); insert into t(id, u) values (1, 1);`,
    requests: [
      {
        method: 'POST',
        path: '/t',
        body: { id: 2, m: 'OK' },
        verdict: 'not_about_the_schema',
        says: /add value/,
        never: noReload,
      },
      { method: 'GET', path: '/t?id=eq.null', verdict: 'not_about_the_schema', says: /is\.null/, never: noReload },
      {
        method: 'GET',
        path: '/t?select=id.sum()',
        verdict: 'not_about_the_schema',
        says: /db-aggregates-enabled/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/t',
        headers: upsert,
        body: [{ id: 3 }, { id: 3 }],
        verdict: 'not_about_the_schema',
        says: /once/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/t',
        headers: upsert,
        body: { id: 2, u: 1 },
        verdict: 'not_about_the_schema',
        says: /on_conflict/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/t?id=eq.9',
        headers: { Accept: 'application/vnd.pgrst.object+json' },
        verdict: 'not_about_the_schema',
        says: /row-level security/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/t',
        headers: { Accept: 'application/vnd.pgrst.plan+json' },
        verdict: 'not_about_the_schema',
        says: /db-plan-enabled/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/t',
        headers: { Authorization: 'Bearer x.y.z' },
        verdict: 'not_about_the_schema',
        says: /jwt-secret/,
        never: noReload,
      },
    ],
  },
  {
    id: 'not-of-the-cache',
    settings: { PGRST_DB_PRE_REQUEST: 'public.check_gone' },
    before: `${everythingForAnon} create table t(id int primary key);`,
    requests: [
      {
        method: 'GET',
        path: '/t',
        verdict: 'misconfigured',
        says: /db-pre-request/,
        never: /reload schema|column or relationship/,
      },
    ],
  },
  {
    id: 'domains-and-procedures',
    before: `${everythingForAnon} create domain email as text check (value ~ '@'); create table t(id int primary key, d email); create domain code as text; create table coded(id int primary key, c code); create table kept(id int primary key, d email); create function work(n int) returns int language sql as 'select n';
      create table people(id int primary key); create table letters(id int primary key, sender int, receiver int, constraint by_sender foreign key (sender) references people, constraint by_receiver foreign key (receiver) references people);`,
    after: `alter table t alter d type text; alter table coded alter c type text; drop domain code; drop function work; create procedure work(n int) language sql as 'select n'; alter table letters rename constraint by_sender to from_sender;`,
    requests: [
      { method: 'POST', path: '/t', body: { id: 1, d: 'x' }, verdict: 'stale_cache', says: /email|t\.d/ },
      { method: 'POST', path: '/kept', body: { id: 1, d: 'x' }, verdict: 'not_about_the_schema', never: noReload },
      { method: 'POST', path: '/coded', body: { id: 1, c: 'x' }, verdict: 'stale_cache', says: /code/ },
      { method: 'POST', path: '/rpc/work', body: { n: 1 }, verdict: 'not_served', says: /procedure/, never: noReload },
      { method: 'GET', path: '/letters?select=*,people!from_sender(*)', verdict: 'stale_cache', says: /from_sender/ },
    ],
  },
  {
    id: 'values-that-nobody-sent',
    before: `${everythingForAnon} create schema util; grant usage on schema util to anon; create function util.slug(t text) returns text language sql as 'select t'; create table a(id int primary key, u text); insert into a values (1, 'x'); create view v as select u::int as n from a;
      create table guarded(id int primary key, u text); insert into guarded values (1, 'x'); alter table guarded enable row level security; create policy numbers on guarded using (u::int = 1);
      create table posts(id int primary key, s text); create function set_slug() returns trigger language plpgsql as $$ begin new.s = slug(new.s); return new; end $$; create trigger set_slug before insert on posts for each row execute function set_slug();
      create table log(id int); create function writes() returns int language plpgsql stable as $$ begin insert into log values (1); return 1; end $$; create view writing as select writes() as n;`,
    requests: [
      { method: 'GET', path: '/v', verdict: 'in_user_code', says: /view public\.v/, never: noReload },
      { method: 'GET', path: '/guarded', verdict: 'in_user_code', says: /policy numbers/, never: noReload },
      { method: 'GET', path: '/a?id=eq.x', verdict: 'not_about_the_schema', never: noReload },
      {
        method: 'POST',
        path: '/posts',
        body: { id: 1, s: 'x' },
        verdict: 'in_user_code',
        says: /alter function public\.set_slug\(\) set search_path = public, util;/,
      },
      { method: 'GET', path: '/writing', verdict: 'in_user_code', says: /volatile/, never: noReload },
    ],
  },
];
