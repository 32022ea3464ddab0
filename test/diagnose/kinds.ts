import { everythingForAnon, type FailingRequest, type FieldCase } from './field-case.js';

/** A request that fails, and what is to be said of it. */
export interface KindRequest extends FailingRequest {
  verdict: string;
  /** What the words have to hold. */
  says?: RegExp;
  /** What they must not hold. */
  never?: RegExp;
  /** The verdict on the error alone. */
  bare?: string;
}

export interface Kind extends FieldCase {
  requests: KindRequest[];
}

const upsert = { Prefer: 'resolution=merge-duplicates' };
const noReload = /reload schema/;

/** Cases of the kinds that field-cases/diagnose.jsonl has, made up here. */
export const cases: Kind[] = [
  // A stale cache that speaks with PostgreSQL's voice.
  {
    id: 'enum-dropped-42704',
    before: `${everythingForAnon} create type mood as enum ('ok'); create table people(id int primary key, m mood);`,
    after: 'alter table people alter m type text using m::text; drop type mood;',
    requests: [
      { method: 'POST', path: '/people', body: { id: 1, m: 'ok' }, verdict: 'stale_cache', says: /people\.m/ },
    ],
  },
  {
    id: 'argument-type-dropped-42704',
    before: `grant usage on schema public to anon; create type mood as enum ('ok'); create function feel(m mood) returns int language sql as 'select 1';`,
    after: `drop function feel; drop type mood; create function feel(m text) returns int language sql as 'select 1';`,
    requests: [{ method: 'POST', path: '/rpc/feel', body: { m: 'ok' }, verdict: 'stale_cache', says: /feel/ }],
  },
  {
    id: 'argument-22P02',
    before: `grant usage on schema public to anon; create function by_id(id int) returns int language sql as 'select 1';`,
    after: `drop function by_id; create function by_id(id text) returns int language sql as 'select 1';`,
    requests: [
      { method: 'POST', path: '/rpc/by_id', body: { id: 'abc' }, verdict: 'stale_cache', says: /by_id/ },
      { method: 'GET', path: '/rpc/by_id?id=abc', verdict: 'stale_cache', says: /by_id/ },
    ],
  },
  {
    id: 'real-22P02',
    before: `${everythingForAnon} create table cats(id uuid primary key);
      create function by_id(id int) returns int language sql as 'select 1';`,
    requests: [
      { method: 'GET', path: '/cats?id=eq.1', verdict: 'not_about_the_schema', never: noReload },
      { method: 'GET', path: '/rpc/by_id?id=abc', verdict: 'not_about_the_schema', never: noReload },
    ],
  },
  {
    id: 'written-type-22P02',
    before: `${everythingForAnon} create table items(id int primary key, code int);`,
    after: 'alter table items alter code type text;',
    requests: [
      { method: 'POST', path: '/items', body: { id: 1, code: 'x1' }, verdict: 'stale_cache', says: /items\.code/ },
    ],
  },
  {
    id: 'unique-dropped-42P10',
    before: `${everythingForAnon} create table up(a int primary key, b int unique, v text);`,
    after: 'alter table up drop constraint up_b_key;',
    requests: [
      {
        method: 'POST',
        path: '/up?on_conflict=b',
        headers: upsert,
        body: { a: 1, b: 1 },
        verdict: 'not_about_the_schema',
        says: /unique/,
        never: noReload,
      },
    ],
  },
  {
    id: 'on-conflict-misspelt-42703',
    before: `${everythingForAnon} create table up(a int primary key, code int unique, v text);`,
    requests: [
      {
        method: 'POST',
        path: '/up?on_conflict=cdoe',
        headers: upsert,
        body: { a: 1, code: 1 },
        verdict: 'misspelt',
        says: /\bcode\b/,
      },
    ],
  },
  {
    id: 'real-25006',
    before: `${everythingForAnon} create table log(id int generated always as identity, t text);
      create function note() returns int language plpgsql stable as $$ begin insert into log(t) values ('x'); return 1; end $$;
      create function note_v() returns int language plpgsql as $$ begin insert into log(t) values ('x'); return 1; end $$;`,
    requests: [
      { method: 'POST', path: '/rpc/note', body: {}, verdict: 'in_user_code', says: /volatile/, never: noReload },
      { method: 'GET', path: '/rpc/note_v', verdict: 'not_about_the_schema', says: /POST/, never: noReload },
    ],
  },
  {
    id: 'default-dropped-23502',
    before: `${everythingForAnon} create table md(id int primary key, n int not null default 5);`,
    after: 'alter table md alter n drop default;',
    requests: [
      { method: 'POST', path: '/md?columns=id', body: { id: 1 }, verdict: 'not_about_the_schema', never: noReload },
    ],
  },
  {
    id: 'real-23502',
    before: `${everythingForAnon} create table md(id int primary key, n int not null);`,
    requests: [{ method: 'POST', path: '/md', body: { id: 1 }, verdict: 'not_about_the_schema', never: noReload }],
  },
  {
    id: 'handler-added-pgrst107',
    before: `${everythingForAnon} create table shapes(id int primary key);`,
    after: `create domain "application/vnd.twkb" as bytea;
      create function twkb(n int) returns "application/vnd.twkb" language sql as $$ select '\\x00'::bytea::"application/vnd.twkb" $$;
      create function twkb_step(state "application/vnd.twkb", next shapes) returns "application/vnd.twkb" language sql as $$ select '\\x00'::bytea::"application/vnd.twkb" $$;
      create aggregate twkb_agg(shapes) (sfunc = twkb_step, stype = "application/vnd.twkb", initcond = '');`,
    requests: [
      {
        method: 'GET',
        path: '/shapes',
        headers: { Accept: 'application/vnd.twkb' },
        verdict: 'stale_cache',
        says: /application\/vnd\.twkb/,
      },
    ],
  },
  {
    id: 'no-handler-pgrst107',
    before: `${everythingForAnon} create table shapes(id int primary key);`,
    requests: [
      {
        method: 'GET',
        path: '/shapes',
        headers: { Accept: 'application/vnd.twkb' },
        verdict: 'not_about_the_schema',
        says: /application\/vnd\.twkb/,
        never: noReload,
      },
    ],
  },
  {
    id: 'foreign-key-dropped-pgrst201',
    before: `${everythingForAnon} create table people(id int primary key);
      create table letters(id int primary key, sender int references people, receiver int references people);`,
    after: 'alter table letters drop constraint letters_receiver_fkey;',
    requests: [
      {
        method: 'GET',
        path: '/letters?select=*,people(*)',
        verdict: 'stale_cache',
        says: /letters\.receiver|letters_receiver_fkey/,
      },
    ],
  },
  {
    id: 'view-column-gone-42703',
    before: `${everythingForAnon} create table b(id int primary key, v text, w text); create view bv as select id, v, w from b;`,
    after: 'drop view bv; create view bv as select id, v from b;',
    requests: [
      { method: 'PATCH', path: '/bv?id=eq.1', body: { w: 'x' }, verdict: 'stale_cache', says: /bv\.w/ },
      { method: 'GET', path: '/bv?select=w', verdict: 'not_in_database|stale_cache' },
    ],
  },
  {
    id: 'returned-table-42P01',
    before: `${everythingForAnon} create table one(id int primary key); create function ones() returns setof one language sql as 'select * from one';`,
    after: 'drop table one cascade;',
    requests: [{ method: 'POST', path: '/rpc/ones', body: {}, verdict: 'stale_cache', says: /ones/ }],
  },
  {
    id: 'timeout-57014',
    before: `grant usage on schema public to anon; create function slow() returns text language sql set statement_timeout = '100ms' as $$ select pg_sleep(0.5)::text $$;`,
    after: `alter function slow() set statement_timeout = '5s';`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/slow',
        body: {},
        verdict: 'stale_cache|unknown',
        says: /statement_timeout[\s\S]*reload/,
      },
    ],
  },
  // Errors from inside.
  {
    id: 'inside-function',
    before: `${everythingForAnon} create table users(id int primary key, name text); create schema private; create table private.secrets(id int);
      create function gone() returns int language plpgsql as $$ begin perform 1 from nothing_here; return 1; end $$;
      create function gone_column() returns int language plpgsql as $$ begin perform emial from users; return 1; end $$;
      create function gone_function() returns int language plpgsql as $$ begin perform nothing_like_this(1); return 1; end $$;
      create function wrong_types() returns int language plpgsql as $$ declare x int; begin select 'a' || 1 + name into x from users; return 1; end $$;
      create function setting() returns text language sql as $$ select current_setting('app.tenant') $$;
      create function secret() returns bigint language sql as $$ select count(*) from private.secrets $$;
      create function outer_one() returns int language plpgsql as $$ begin return inner_one(); end $$;
      create function inner_one() returns int language plpgsql as $$ begin perform 1 from still_nothing; return 1; end $$;
      create function raise_it() returns int language plpgsql as $$ begin raise exception 'no credit'; end $$;
      create function no_row() returns int language plpgsql as $$ declare x int; begin select id into strict x from users where id = -1; return x; end $$;
      create function zero() returns int language sql as $$ select 1 / 0 $$;
      create function two_rows() returns int language plpgsql as $$ begin return (select g from generate_series(1, 2) g); end $$;
      create function recursion() returns int language plpgsql as $$ begin return recursion(); end $$;`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/gone',
        body: {},
        verdict: 'in_user_code',
        says: /public\.gone[\s\S]*nothing_here|nothing_here[\s\S]*public\.gone/,
        never: /expose|reload schema/,
      },
      {
        method: 'POST',
        path: '/rpc/gone_column',
        body: {},
        verdict: 'in_user_code',
        says: /gone_column[\s\S]*emial|emial[\s\S]*gone_column/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/gone_function',
        body: {},
        verdict: 'in_user_code',
        says: /public\.gone_function/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/wrong_types',
        body: {},
        verdict: 'in_user_code',
        says: /wrong_types/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/setting',
        body: {},
        verdict: 'in_user_code',
        says: /app\.tenant[\s\S]*setting|setting[\s\S]*app\.tenant/,
        never: noReload,
      },
      { method: 'POST', path: '/rpc/secret', body: {}, verdict: 'missing_grant', says: /private/, never: noReload },
      { method: 'POST', path: '/rpc/outer_one', body: {}, verdict: 'in_user_code', says: /inner_one/, never: noReload },
      { method: 'POST', path: '/rpc/raise_it', body: {}, verdict: 'in_user_code', says: /raise_it/, never: noReload },
      { method: 'POST', path: '/rpc/no_row', body: {}, verdict: 'in_user_code', says: /no_row/, never: noReload },
      { method: 'POST', path: '/rpc/zero', body: {}, verdict: 'in_user_code|not_about_the_schema', never: noReload },
      { method: 'POST', path: '/rpc/two_rows', body: {}, verdict: 'in_user_code', says: /two_rows/, never: noReload },
      { method: 'POST', path: '/rpc/recursion', body: {}, verdict: 'in_user_code', says: /recursion/, never: noReload },
    ],
  },
  {
    id: 'inside-trigger',
    before: `${everythingForAnon} create table notes(id int primary key, body text); create table audit(id int, what text);
      create function audit_it() returns trigger language plpgsql as $$ begin insert into audit(id, who) values (new.id, 'x'); return new; end $$;
      create trigger audit_it after insert on notes for each row execute function audit_it();
      create table orders(id int primary key); create function lost() returns trigger language plpgsql as $$ begin insert into public.order_log values (new.id); return new; end $$;
      create trigger lost after insert on orders for each row execute function lost();
      create table bills(id int primary key, t text); create table bill_log(id int primary key, n int not null);
      create function log_bill() returns trigger language plpgsql as $$ begin insert into bill_log(id) values (new.id); return new; end $$;
      create trigger log_bill after insert on bills for each row execute function log_bill();
      create table carts(id int primary key); create function refuse() returns trigger language plpgsql as $$ begin raise exception 'closed' using errcode = '23514'; end $$;
      create trigger refuse before insert on carts for each row execute function refuse();`,
    requests: [
      {
        method: 'POST',
        path: '/notes',
        body: { id: 1, body: 'x' },
        verdict: 'in_user_code',
        says: /audit_it/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/orders',
        body: { id: 1 },
        verdict: 'in_user_code',
        says: /order_log[\s\S]*lost|lost[\s\S]*order_log/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/bills',
        body: { id: 1, t: 'x' },
        verdict: 'in_user_code',
        says: /log_bill/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/carts',
        body: { id: 1 },
        verdict: 'in_user_code|not_about_the_schema',
        never: noReload,
      },
    ],
  },
  {
    id: 'inside-policy',
    before: `${everythingForAnon} create table notes(id int primary key, owner text); alter table notes enable row level security;
      create policy mine on notes using (owner = current_setting('app.user'));
      create schema private; create table private.members(id int); create table docs(id int primary key); alter table docs enable row level security;
      create policy members on docs using (id in (select id from private.members)); grant usage on schema private to anon;
      create function check_claims() returns boolean language plpgsql as $$ begin return claims_of_user() is not null; end $$;
      create table logs(id int primary key); alter table logs enable row level security; create policy by_claims on logs using (check_claims());
      insert into notes values (1, 'a'); insert into logs values (1);`,
    requests: [
      { method: 'GET', path: '/notes', verdict: 'in_user_code', says: /mine/, never: noReload },
      {
        method: 'GET',
        path: '/docs',
        verdict: 'missing_grant',
        says: /private\.members[\s\S]*members/,
        never: noReload,
      },
      { method: 'GET', path: '/logs', verdict: 'in_user_code', says: /check_claims/, never: noReload },
    ],
  },
  {
    id: 'inside-view',
    before: `create schema private; create table private.t(id int); do $$ begin create role kinds_view_owner; exception when duplicate_object then null; end $$; grant usage on schema public to anon; grant usage on schema private to kinds_view_owner;
      grant create on schema public to kinds_view_owner;
      create function lookup(n int) returns int language plpgsql as $$ begin perform 1 from lost_table; return n; end $$;
      create table src(id int); insert into src values (1); create view v as select lookup(id) as id from src; grant select on v to anon;
      create view of_owner as select * from private.t; alter view of_owner owner to kinds_view_owner; grant select on of_owner to anon;`,
    requests: [
      { method: 'GET', path: '/v', verdict: 'in_user_code', says: /lookup/, never: noReload },
      {
        method: 'GET',
        path: '/of_owner',
        verdict: 'missing_grant',
        says: /grant select on table private\.t to kinds_view_owner/,
        never: /to anon/,
      },
    ],
  },
  {
    id: 'inside-pre-request',
    settings: { PGRST_DB_PRE_REQUEST: 'public.check_it' },
    before: `${everythingForAnon} create table md(id int primary key);
      create function check_it() returns void language plpgsql as $$ begin perform 1 from api_keys_gone; end $$;`,
    requests: [{ method: 'GET', path: '/md', verdict: 'in_user_code', says: /check_it/, never: noReload }],
  },
  // Functions compared by their names only.
  {
    id: 'candidate-dropped-42883',
    before: `grant usage on schema public to anon; create function f(a int) returns int language sql as 'select a'; create function f(a int, b int) returns int language sql as 'select a';`,
    after: 'drop function f(int);',
    requests: [{ method: 'POST', path: '/rpc/f', body: { a: 1 }, verdict: 'stale_cache', says: /f\(a/ }],
  },
  {
    id: 'candidate-added-pgrst202',
    before: `grant usage on schema public to anon; create function f(a int) returns int language sql as 'select a';`,
    after: `create function f(a int, b int) returns int language sql as 'select a';`,
    requests: [{ method: 'POST', path: '/rpc/f', body: { a: 1, b: 2 }, verdict: 'stale_cache', says: /f\(a/ }],
  },
  {
    id: 'argument-renamed-42883',
    before: `grant usage on schema public to anon; create function f(a int) returns int language sql as 'select a';`,
    after: `drop function f(int); create function f(b int) returns int language sql as 'select b';`,
    requests: [
      { method: 'POST', path: '/rpc/f', body: { a: 1 }, verdict: 'stale_cache', says: /f\(/ },
      { method: 'POST', path: '/rpc/f', body: { b: 1 }, verdict: 'stale_cache', says: /f\(/ },
    ],
  },
  {
    id: 'types-only-pgrst203',
    before: `grant usage on schema public to anon; create function f(a int) returns int language sql as 'select a'; create function f(a text) returns int language sql as 'select 1';`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/f',
        body: { a: 1 },
        verdict: 'ambiguous_function',
        says: /a => text/,
        never: noReload,
      },
    ],
  },
  // What is there and not served.
  {
    id: 'not-served',
    before: `${everythingForAnon} create function plain(int, int) returns int language sql as 'select 1';
      create function on_change() returns trigger language plpgsql as 'begin return new; end';
      create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
      create sequence numbers; create type pair as (a int, b int); create table things(id int primary key);
      create function variadic_one(variadic a int[]) returns int language sql as 'select 1';`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/plain',
        body: { a: 1, b: 2 },
        verdict: 'not_served',
        says: /name/,
        never: /migration/,
      },
      { method: 'POST', path: '/rpc/on_change', body: {}, verdict: 'not_served', says: /trigger/, never: /migration/ },
      {
        method: 'POST',
        path: '/rpc/total',
        body: { a: 1 },
        verdict: 'not_served',
        says: /aggregate/,
        never: /migration/,
      },
      { method: 'GET', path: '/pair', verdict: 'not_served', says: /type/, never: /migration/ },
      { method: 'GET', path: '/rpc/things', verdict: 'misspelt', says: /\/things/, never: /has not run/ },
    ],
  },
  {
    id: 'siblings-pgrst200',
    before: `${everythingForAnon} create table users(id int primary key); create table posts(id int primary key, user_id int references users);
      create table profiles(id int primary key references users);`,
    requests: [
      {
        method: 'GET',
        path: '/posts?select=*,profiles(*)',
        verdict: 'not_served|not_in_database',
        says: /users/,
        never: noReload,
      },
    ],
  },
  {
    id: 'views-pgrst200',
    before: `${everythingForAnon} create table a(id int primary key); create table b(id int primary key, a_id int references a, t text);
      create table two(x int, y int, primary key (x, y)); create table ref(id int primary key, x int, y int, foreign key (x, y) references two);
      create view v_coalesce as select id, coalesce(a_id, 0) as a_id from b;
      create view v_cast as select id, a_id::bigint as a_id from b;
      create view v_case as select id, case when id > 0 then a_id end as a_id from b;
      create view v_union as select id, a_id from b union all select id, a_id from b;
      create view v_without as select id, t from b;
      create view v_half as select id, x from ref;
      create view v_lateral as select b.id, l.a_id from b cross join lateral (select max(other.a_id) as a_id from b other where other.id = b.id) l;
      create view v_good as select id, a_id from b;
      create view v_of_view as select id, a_id from v_coalesce;
      create view a_expr as select id + 0 as id from a;`,
    requests: [
      ...['v_coalesce', 'v_cast', 'v_case', 'v_lateral'].map((view) => ({
        method: 'GET',
        path: `/${view}?select=*,a(*)`,
        verdict: 'not_served',
        says: new RegExp(`a_id of public\\.${view}[\\s\\S]*b\\.a_id`),
        never: noReload,
      })),
      { method: 'GET', path: '/v_union?select=*,a(*)', verdict: 'not_served', says: /union/, never: noReload },
      { method: 'GET', path: '/v_without?select=*,a(*)', verdict: 'not_served', says: /a_id/, never: noReload },
      { method: 'GET', path: '/v_half?select=*,two(*)', verdict: 'not_served', says: /\by\b/, never: noReload },
      { method: 'GET', path: '/a?select=*,v_coalesce(*)', verdict: 'not_served', says: /v_coalesce/, never: noReload },
      {
        method: 'GET',
        path: '/v_of_view?select=*,a(*)',
        verdict: 'not_served',
        says: /v_coalesce|v_of_view/,
        never: noReload,
      },
      { method: 'GET', path: '/b?select=*,a_expr(*)', verdict: 'not_served', says: /a_expr/, never: noReload },
    ],
  },
  {
    id: 'view-relationship-stale-pgrst200',
    before: `${everythingForAnon} create table a(id int primary key); create table b(id int primary key, a_id int);  create view v as select id, a_id from b;`,
    after: 'alter table b add foreign key (a_id) references a;',
    requests: [{ method: 'GET', path: '/v?select=*,a(*)', verdict: 'stale_cache', says: /v/ }],
  },
  // Names that PostgREST makes up.
  {
    id: 'made-up-names',
    before: `${everythingForAnon} create table users(id int primary key, name text); create table posts(id int primary key, user_id int references users, title text);
      create table posts_1(id int primary key);
      create function table_of() returns table(id int, title text) language sql as 'select 1, null::text';
      create function out_of(out id int, out title text) language sql as 'select 1, null::text';
      create function users_of() returns setof users language sql as 'select * from users';`,
    requests: [
      { method: 'GET', path: '/users?select=*,posts(titel)', verdict: 'misspelt', says: /title/, never: /posts_1/ },
      {
        method: 'GET',
        path: '/users?select=*,articles:posts(titel)',
        verdict: 'misspelt',
        says: /title/,
        never: /articles_1/,
      },
      {
        method: 'GET',
        path: '/users?select=*,posts(id)&posts.nothing_such=eq.1',
        verdict: 'not_in_database',
        says: /posts\.nothing_such/,
        never: /posts_1/,
      },
      {
        method: 'GET',
        path: '/rpc/table_of?select=titel',
        verdict: 'misspelt',
        says: /title/,
        never: /pgrst_call|\brecord\b/,
      },
      {
        method: 'GET',
        path: '/rpc/out_of?select=titel',
        verdict: 'misspelt',
        says: /title/,
        never: /pgrst_call|\brecord\b/,
      },
      { method: 'GET', path: '/rpc/users_of?select=nmae', verdict: 'misspelt', says: /name/ },
      {
        method: 'GET',
        path: '/rpc/users_of?select=*,posts(titel)',
        verdict: 'misspelt',
        says: /title/,
        never: /posts_1/,
      },
      {
        method: 'POST',
        path: '/users?select=nmae',
        headers: { Prefer: 'return=representation' },
        body: { id: 1 },
        verdict: 'misspelt',
        says: /name/,
        never: /pgrst_source/,
      },
      {
        method: 'PATCH',
        path: '/users?id=eq.1&select=nmae',
        headers: { Prefer: 'return=representation' },
        body: { name: 'x' },
        verdict: 'misspelt',
        says: /name/,
        never: /pgrst_source/,
      },
    ],
  },
  // Codes that were not read.
  {
    id: 'other-codes',
    before: `${everythingForAnon} create table t(id int primary key, a int, g int generated always as (a + 1) stored, i int generated always as identity, d date, j jsonb, n numeric(3,1), u int unique, s varchar(3), arr int[]);
      create table child(id int primary key, t_id int references t);
      insert into t(id, a, u) values (1, 1, 1); insert into child values (1, 1);
      create materialized view empty_view as select 1 as id with no data;
      create view grouped as select a, count(*) as n from t group by a; grant all on grouped to anon;`,
    requests: [
      {
        method: 'POST',
        path: '/t',
        body: { id: 2, g: 3 },
        verdict: 'not_about_the_schema',
        says: /\bg\b|generat/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/t',
        body: { id: 2, i: 3 },
        verdict: 'not_about_the_schema',
        says: /\bi\b|generat/,
        never: noReload,
      },
      { method: 'POST', path: '/t', body: { id: 2, s: 'abcdef' }, verdict: 'not_about_the_schema', never: noReload },
      { method: 'POST', path: '/t', body: { id: 1 }, verdict: 'not_about_the_schema', says: /./, never: noReload },
      { method: 'GET', path: '/t?d=eq.notadate', verdict: 'not_about_the_schema', never: noReload },
      { method: 'GET', path: '/t?a=like.x*', verdict: 'not_about_the_schema', says: /type|operator/, never: noReload },
      {
        method: 'GET',
        path: '/t?a=fts.x',
        verdict: 'not_about_the_schema',
        says: /type|operator|function/,
        never: /migration|reload schema/,
      },
      { method: 'DELETE', path: '/t?id=eq.1', verdict: 'not_about_the_schema', never: noReload },
      {
        method: 'POST',
        path: '/grouped',
        body: { a: 1 },
        verdict: 'not_about_the_schema|not_served',
        says: /view/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/empty_view',
        verdict: 'not_about_the_schema',
        says: /refresh|populated/i,
        never: noReload,
      },
      { method: 'GET', path: '/t?id=foo.1', verdict: 'not_about_the_schema', never: noReload },
      {
        method: 'GET',
        path: '/t?select=*,child(*)&other.id=eq.1',
        verdict: 'not_about_the_schema|not_in_database|misspelt',
        never: noReload,
      },
      {
        method: 'GET',
        path: '/t',
        headers: { Accept: 'application/vnd.pgrst.object+json', Range: '5-6' },
        verdict: 'not_about_the_schema',
        never: noReload,
      },
      { method: 'GET', path: '/t?a=cs.{1}', verdict: 'not_about_the_schema', never: noReload },
    ],
  },
  // Half of the grants.
  {
    id: 'grants',
    before: `create schema api; create table api.parent(id serial primary key, name text); create table api.kid(id int primary key, parent_id int references api.parent);
      create schema inner_things; create table inner_things.data(id int); create view api.over with (security_invoker) as select * from inner_things.data;
      create function api.run(n int) returns int language sql as 'select n'; revoke execute on function api.run(int) from public;
      create function api.definer() returns bigint language sql security definer as 'select count(*) from inner_things.data';
      do $$ begin create role kinds_weak_owner; exception when duplicate_object then null; end $$; grant usage on schema api to kinds_weak_owner; alter function api.definer() owner to kinds_weak_owner;`,
    settings: { PGRST_DB_SCHEMAS: 'api' },
    requests: [
      {
        method: 'POST',
        path: '/parent',
        body: { name: 'x' },
        verdict: 'missing_grant',
        says: /grant usage on schema api to anon;[\s\S]*grant insert on table api\.parent to anon;[\s\S]*grant usage on sequence api\.parent_id_seq to anon;/,
      },
      {
        method: 'GET',
        path: '/parent?select=*,kid(*)',
        verdict: 'missing_grant',
        says: /usage on schema api to anon;[\s\S]*select on table api\.parent to anon;[\s\S]*select on table api\.kid to anon;/,
      },
      {
        method: 'POST',
        path: '/rpc/run',
        body: { n: 1 },
        verdict: 'missing_grant',
        says: /usage on schema api to anon;[\s\S]*execute on function api\.run\(n integer\) to anon/,
      },
    ],
  },
  {
    id: 'grants-inside',
    before: `grant usage on schema public to anon; create schema inner_things; create table inner_things.data(id int);
      create view over with (security_invoker) as select * from inner_things.data; grant select on over to anon;
      do $$ begin create role kinds_weak_owner; exception when duplicate_object then null; end $$; grant create, usage on schema public to kinds_weak_owner;
      create function definer() returns bigint language sql security definer as 'select count(*) from inner_things.data'; alter function definer() owner to kinds_weak_owner;
      create table cols(id int primary key, open text, closed text); grant select (id, open) on cols to anon;
      create table up(id int primary key, v text); grant insert on up to anon;`,
    requests: [
      {
        method: 'GET',
        path: '/over',
        verdict: 'missing_grant',
        says: /usage on schema inner_things to anon;[\s\S]*select on table inner_things\.data to anon/,
      },
      {
        method: 'POST',
        path: '/rpc/definer',
        body: {},
        verdict: 'missing_grant',
        says: /inner_things to kinds_weak_owner/,
        never: /to anon/,
      },
      { method: 'GET', path: '/cols', verdict: 'missing_grant', says: /column/ },
      {
        method: 'POST',
        path: '/up?on_conflict=id',
        headers: upsert,
        body: { id: 1, v: 'x' },
        verdict: 'missing_grant',
        says: /select[\s\S]*update|update[\s\S]*select/,
      },
    ],
  },
  // A second look at the same kinds.
  {
    id: 'computed-relationship-gone-42883',
    before: `${everythingForAnon} create table people(id int primary key); create table pets(id int primary key, owner int);
      create function pets_of(people) returns setof pets rows 1 language sql stable as $$ select * from pets where owner = $1.id $$;`,
    after: 'drop function pets_of(people);',
    requests: [
      { method: 'GET', path: '/people?select=*,pets_of(*)', verdict: 'stale_cache', says: /pets_of/, never: /expose/ },
    ],
  },
  {
    id: 'representation-gone-42883',
    before: `${everythingForAnon} create domain color as int; create table paints(id int primary key, c color);
      create function color_json(color) returns json language sql immutable as $$ select to_json('#' || $1::int::text) $$;
      create cast (color as json) with function color_json(color) as implicit; insert into paints values (1, 2);`,
    after: 'drop cast (color as json); drop function color_json(color);',
    requests: [
      { method: 'GET', path: '/paints?select=id,c', verdict: 'stale_cache', says: /color_json/, never: /expose/ },
    ],
  },
  {
    id: 'not-seen-by-anon-42804',
    before: `grant usage on schema public to anon; create table tasks(id int primary key, owner text);
      create function add_task() returns int language sql security definer as $$ insert into tasks values (1, 'x') returning id $$;`,
    after: 'alter table tasks alter owner type uuid using owner::uuid; revoke all on tasks from anon;',
    requests: [
      { method: 'POST', path: '/rpc/add_task', body: {}, verdict: 'in_user_code', says: /add_task/, never: noReload },
    ],
  },
  {
    id: 'return-changed-42P13',
    before: `${everythingForAnon} create table users(id int primary key, name text);
      create function all_users() returns setof users language sql as $$ select id, name from users $$;
      create function all_plain() returns setof users language plpgsql as $$ begin return query select id, name from users; end $$;`,
    after: 'alter table users add column age int;',
    requests: [
      { method: 'POST', path: '/rpc/all_users', body: {}, verdict: 'in_user_code', says: /all_users/, never: /expose/ },
      { method: 'POST', path: '/rpc/all_plain', body: {}, verdict: 'in_user_code', says: /all_plain/, never: /expose/ },
    ],
  },
  {
    id: 'refused-inside',
    before: `${everythingForAnon} create table notes(id int primary key); create table audit(id serial primary key, what text); alter table audit enable row level security;
      create function audit_it() returns trigger language plpgsql as $$ begin insert into audit(what) values ('x'); return new; end $$;
      create trigger audit_it after insert on notes for each row execute function audit_it();
      create table quiet(id int primary key); create table secret_log(id serial primary key, what text); revoke all on secret_log from anon; revoke all on sequence secret_log_id_seq from anon;
      create function log_it() returns trigger language plpgsql as $$ begin insert into secret_log(what) values ('x'); return new; end $$;
      create trigger log_it after insert on quiet for each row execute function log_it();
      create function hidden_one() returns int language sql as 'select 1'; revoke execute on function hidden_one() from public;
      create function calls_it() returns int language plpgsql as $$ begin return hidden_one(); end $$;
      create function drops() returns int language plpgsql as $$ begin truncate notes cascade; drop table notes; return 1; end $$;`,
    requests: [
      {
        method: 'POST',
        path: '/notes',
        body: { id: 1 },
        verdict: 'row_level_security',
        says: /audit[\s\S]*audit_it/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/quiet',
        body: { id: 1 },
        verdict: 'missing_grant',
        says: /grant (usage on sequence public\.secret_log_id_seq|insert on table public\.secret_log) to anon[\s\S]*|log_it/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/calls_it',
        body: {},
        verdict: 'missing_grant',
        says: /execute on function public\.hidden_one\(\) to anon/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/rpc/drops',
        body: {},
        verdict: 'missing_grant|in_user_code',
        says: /drops/,
        never: noReload,
      },
    ],
  },
  {
    id: 'pre-request-raises',
    settings: { PGRST_DB_PRE_REQUEST: 'public.check_request' },
    before: `${everythingForAnon} create table md(id int primary key);
      create function check_request() returns void language plpgsql as $$ begin raise sqlstate 'PT401' using message = 'no key'; end $$;`,
    requests: [{ method: 'GET', path: '/md', verdict: 'in_user_code', says: /check_request/, never: noReload }],
  },
  {
    id: 'headers-of-function',
    before: `grant usage on schema public to anon; create function headed() returns int language plpgsql as $$ begin perform set_config('response.headers', 'x', true); return 1; end $$;
      create function statused() returns int language plpgsql as $$ begin perform set_config('response.status', 'x', true); return 1; end $$;`,
    requests: [
      { method: 'POST', path: '/rpc/headed', body: {}, verdict: 'in_user_code', says: /headed/, never: noReload },
      { method: 'POST', path: '/rpc/statused', body: {}, verdict: 'in_user_code', says: /statused/, never: noReload },
    ],
  },
  {
    id: 'not-unique-42725',
    before: `grant usage on schema public to anon; create function pick(a int) returns int language sql as 'select 1'; create function pick(a bigint) returns int language sql as 'select 1';
      create function picks() returns int language plpgsql as $$ begin return pick(1::smallint); end $$;`,
    requests: [
      { method: 'POST', path: '/rpc/picks', body: {}, verdict: 'in_user_code', says: /picks/, never: noReload },
    ],
  },
  {
    id: 'filters-of-result',
    before: `${everythingForAnon} create table users(id int primary key, name text); create function users_of(n int) returns setof users language sql as 'select * from users';
      create function nothing() returns void language sql as 'select'; create function as_json() returns json language sql as $$ select '{"a":1}'::json $$;`,
    requests: [
      {
        method: 'GET',
        path: '/rpc/users_of?n=1&id=like.x',
        verdict: 'not_about_the_schema',
        says: /operator|type/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/rpc/users_of?n=1&order=nothing_here',
        verdict: 'not_in_database',
        says: /users\.nothing_here/,
      },
      { method: 'GET', path: '/rpc/as_json?select=a', verdict: 'not_served', says: /json/ },
      { method: 'GET', path: '/rpc/as_json?select=*,users(*)', verdict: 'not_served', says: /as_json/ },
    ],
  },
  {
    id: 'named-by-key',
    before: `${everythingForAnon} create table users(id int primary key, name text); create table posts(id int primary key, author int references users, editor int references users);
      create table tags(id int primary key, label text); create table posts_tags(post int references posts, tag int references tags, primary key (post, tag));`,
    requests: [
      { method: 'GET', path: '/posts?select=*,author(nmae)', verdict: 'misspelt', says: /name/, never: /users_1/ },
      {
        method: 'GET',
        path: '/posts?select=*,who:users!posts_author_fkey(nmae)',
        verdict: 'misspelt',
        says: /name/,
        never: /users_1/,
      },
      { method: 'GET', path: '/posts?select=*,tags(lable)', verdict: 'misspelt', says: /label/, never: /tags_1/ },
      {
        method: 'GET',
        path: '/tags?select=*,posts(*,users!author(nmae))',
        verdict: 'misspelt',
        says: /name/,
        never: /users_[12]/,
      },
      {
        method: 'GET',
        path: '/posts?select=*,users(*)',
        verdict: 'ambiguous_relationship',
        says: /users!posts_author_fkey/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/users?select=*,tags(*)',
        verdict: 'not_served|not_in_database|ambiguous_relationship',
        never: noReload,
      },
    ],
  },
  {
    id: 'chain-pgrst200',
    before: `${everythingForAnon} create table countries(id int primary key); create table cities(id int primary key, country int references countries); create table streets(id int primary key, city int references cities);`,
    requests: [
      {
        method: 'GET',
        path: '/streets?select=*,countries(*)',
        verdict: 'not_served',
        says: /cities\(\*,countries\(\*\)\)/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/countries?select=*,streets(*)',
        verdict: 'not_served',
        says: /cities\(\*,streets\(\*\)\)/,
        never: noReload,
      },
    ],
  },
  {
    id: 'other-schema-exposed-pgrst200',
    settings: { PGRST_DB_SCHEMAS: 'public,extra' },
    before: `${everythingForAnon} create schema extra; grant usage on schema extra to anon; create table extra.users(id int primary key); create table posts(id int primary key, user_id int references extra.users);`,
    requests: [
      {
        method: 'GET',
        path: '/posts?select=*,users(*)',
        verdict: 'not_served|schema_not_exposed',
        says: /extra\.users/,
        never: noReload,
      },
    ],
  },
  {
    id: 'cached-plan-0A000',
    before: `${everythingForAnon} create table t(id int primary key, v int); insert into t values (1, 1); create function t_all() returns setof t language sql as 'select * from t';`,
    after: 'alter table t alter v type text;',
    requests: [{ method: 'GET', path: '/t?v=eq.abc', verdict: 'stale_cache', says: /v/ }],
  },
  {
    id: 'numeric-range-22003',
    before: `${everythingForAnon} create table counts(id int primary key, n int);`,
    after: 'alter table counts alter n type bigint;',
    requests: [
      { method: 'POST', path: '/counts', body: { id: 1, n: 3000000000 }, verdict: 'stale_cache', says: /counts\.n/ },
    ],
  },
  {
    id: 'column-added-beside-22P02',
    before: `${everythingForAnon} create table items(id int primary key, day date);`,
    after: 'alter table items add extra text;',
    requests: [
      {
        method: 'POST',
        path: '/items',
        body: { id: 1, day: 'nonsense' },
        verdict: 'not_about_the_schema',
        never: noReload,
      },
    ],
  },
  {
    id: 'not-null-added-23502',
    before: `${everythingForAnon} create table items(id int primary key, n int);`,
    after: 'alter table items alter n set not null;',
    requests: [{ method: 'POST', path: '/items', body: { id: 1 }, verdict: 'not_about_the_schema', never: noReload }],
  },
  {
    id: 'renamed-table',
    before: `${everythingForAnon} create table old_name(id int primary key);`,
    after: 'alter table old_name rename to new_name;',
    requests: [
      { method: 'GET', path: '/old_name', verdict: 'stale_cache|not_in_database' },
      { method: 'POST', path: '/new_name', body: { id: 1 }, verdict: 'stale_cache', says: /new_name/ },
    ],
  },
  {
    id: 'empty-search-path-42P01',
    before: `${everythingForAnon} create table users(id int primary key);
      create function safe() returns bigint language sql security definer set search_path = '' as $$ select 1::bigint $$;
      create function strict_path() returns bigint language plpgsql set search_path = '' as $$ begin return (select count(*) from users); end $$;`,
    requests: [
      {
        method: 'POST',
        path: '/rpc/strict_path',
        body: {},
        verdict: 'in_user_code',
        says: /public\.users[\s\S]*set search_path = public;/,
        never: noReload,
      },
    ],
  },
  {
    id: 'function-in-policy-42501',
    before: `${everythingForAnon} create schema auth; create function auth.uid() returns int language sql as 'select 1'; revoke execute on function auth.uid() from public;
      create table mine(id int primary key); alter table mine enable row level security; create policy own on mine using (id = auth.uid()); insert into mine values (1);`,
    requests: [
      {
        method: 'GET',
        path: '/mine',
        verdict: 'missing_grant',
        says: /usage on schema auth to anon;[\s\S]*execute on function auth\.uid\(\) to anon;/,
        never: noReload,
      },
    ],
  },
  {
    id: 'moved-to-another-schema',
    before: `${everythingForAnon} create schema inner_things; create table moved(id int primary key); create function moved_f(a int) returns int language sql as 'select a';`,
    after: 'alter table moved set schema inner_things; alter function moved_f(int) set schema inner_things;',
    requests: [
      { method: 'GET', path: '/moved', verdict: 'stale_cache|schema_not_exposed', says: /moved/ },
      {
        method: 'POST',
        path: '/rpc/moved_f',
        body: { a: 1 },
        verdict: 'stale_cache|schema_not_exposed',
        says: /moved_f/,
      },
    ],
  },
  {
    id: 'instead-of-trigger',
    before: `${everythingForAnon} create table base(id int primary key); create view front as select id from base;
      create function write_front() returns trigger language plpgsql as $$ begin insert into base_of_old values (new.id); return new; end $$;
      create trigger write_front instead of insert on front for each row execute function write_front();`,
    requests: [
      {
        method: 'POST',
        path: '/front',
        body: { id: 1 },
        verdict: 'in_user_code',
        says: /write_front[\s\S]*base_of_old/,
        never: noReload,
      },
    ],
  },
  {
    id: 'default-calls-what-is-gone',
    before: `${everythingForAnon} create function next_code() returns int language plpgsql as $$ begin return (select max(n) from counters_gone); end $$;
      create table coded(id int primary key, code int default next_code());`,
    requests: [
      {
        method: 'POST',
        path: '/coded?columns=id',
        body: { id: 1 },
        verdict: 'in_user_code',
        says: /next_code/,
        never: noReload,
      },
    ],
  },
  {
    id: 'no-request',
    before: `${everythingForAnon} create table md(id int primary key);`,
    requests: [{ method: 'GET', path: '/md?id=eq.x', verdict: 'not_about_the_schema', never: noReload }],
  },
  {
    id: 'partition-asked',
    before: `${everythingForAnon} create table parts(id int, at date) partition by list (id); create table parts_one partition of parts for values in (1);`,
    requests: [
      {
        method: 'POST',
        path: '/parts_one',
        body: { id: 1 },
        verdict: 'not_served',
        says: /partition/,
        never: /migration|reload schema/,
      },
    ],
  },
  {
    id: 'materialized-view-written',
    before: `${everythingForAnon} create materialized view mat as select 1 as id; create sequence counted;`,
    requests: [
      {
        method: 'POST',
        path: '/mat',
        body: { id: 1 },
        verdict: 'not_about_the_schema|not_served',
        says: /materialized/,
        never: noReload,
      },
      {
        method: 'POST',
        path: '/counted',
        body: { last_value: 1 },
        verdict: 'not_served',
        says: /sequence/,
        never: /migration|reload schema/,
      },
    ],
  },
  {
    id: 'upsert-key-moved-23505',
    before: `${everythingForAnon} create table up(a int primary key, b int not null unique, v text); insert into up values (1, 1, 'x');`,
    after: 'alter table up drop constraint up_pkey; alter table up add unique (a); alter table up add primary key (b);',
    requests: [
      {
        method: 'POST',
        path: '/up',
        headers: upsert,
        body: { a: 2, b: 1, v: 'y' },
        verdict: 'stale_cache',
        says: /primary key/,
      },
    ],
  },
  {
    id: 'type-renamed',
    before: `${everythingForAnon} create type mood as enum ('ok'); create table people(id int primary key, m mood); create function feel(m mood) returns int language sql as 'select 1';`,
    after: 'alter type mood rename to feeling;',
    requests: [
      { method: 'POST', path: '/people', body: { id: 1, m: 'ok' }, verdict: 'stale_cache', says: /people/ },
      { method: 'POST', path: '/rpc/feel', body: { m: 'ok' }, verdict: 'stale_cache', says: /feel/ },
    ],
  },
  {
    id: 'rpc-defaults-required-42883',
    before: `grant usage on schema public to anon; create function page(n int, size int default 10) returns int language sql as 'select n';`,
    after: `drop function page(int, int); create function page(n int, size int) returns int language sql as 'select n';`,
    requests: [{ method: 'POST', path: '/rpc/page', body: { n: 1 }, verdict: 'stale_cache', says: /page\(n/ }],
  },
  {
    id: 'key-into-unexposed-pgrst200',
    before: `${everythingForAnon} create schema auth; create table auth.users(id uuid primary key); create table posts(id int primary key, user_id uuid, constraint posts_user foreign key (user_id) references auth.users);
      create table plain(id int primary key); create view auth.hidden as select id, user_id from posts; create view shown as select id, user_id from auth.hidden;
      create table people(id uuid primary key); alter table posts add column person uuid references people; create view with_person as select id, person from posts; create view auth.inner_view as select id, person from posts; create view outer_view as select id, person from auth.inner_view;`,
    requests: [
      {
        method: 'GET',
        path: '/posts?select=*,user_id(*)',
        verdict: 'schema_not_exposed',
        says: /auth\.users/,
        never: /migration|reload schema/,
      },
      {
        method: 'GET',
        path: '/posts?select=*,posts_user(*)',
        verdict: 'schema_not_exposed',
        says: /auth\.users/,
        never: /migration|reload schema/,
      },
      {
        method: 'GET',
        path: '/posts?select=*,author:users!posts_user(*)',
        verdict: 'schema_not_exposed',
        says: /auth\.users/,
        never: /migration|reload schema/,
      },
      {
        method: 'GET',
        path: '/with_person?select=*,people!nonsense(*)',
        verdict: 'misspelt',
        says: /people!posts_person_fkey/,
        never: noReload,
      },
      {
        method: 'GET',
        path: '/outer_view?select=*,people(*)',
        verdict: 'not_served',
        says: /db-extra-search-path/,
        never: noReload,
      },
      { method: 'GET', path: '/plain?select=*,people(*)', verdict: 'not_in_database', never: noReload },
    ],
  },
  {
    id: 'views-stale-pgrst200',
    before: `${everythingForAnon} create table one(id int primary key); create table two(id int primary key); create table one_two(a int, b int, primary key (a, b));
      create view v_one as select id from one; create table kid(id int primary key, one_id int); create view v_kid as select id, one_id from kid;`,
    after:
      'alter table one_two add foreign key (a) references one, add foreign key (b) references two; alter table kid add constraint kid_one foreign key (one_id) references one;',
    requests: [
      { method: 'GET', path: '/v_one?select=*,two(*)', verdict: 'stale_cache' },
      { method: 'GET', path: '/v_kid?select=*,v_one(*)', verdict: 'stale_cache' },
      { method: 'GET', path: '/v_kid?select=*,one!kid_one(*)', verdict: 'stale_cache' },
    ],
  },
  {
    id: 'constraints-inside',
    before: `${everythingForAnon} create table notes(id int primary key); create table audit(note int unique, what text check (what <> 'x'));
      insert into audit values (1, 'a');
      create function audit_it() returns trigger language plpgsql as $$ begin insert into audit values (new.id, 'b'); return new; end $$;
      create trigger audit_it after insert on notes for each row execute function audit_it();
      create function add_note(n int) returns int language sql as $$ insert into notes values (n) returning id $$;`,
    requests: [
      { method: 'POST', path: '/notes', body: { id: 1 }, verdict: 'in_user_code', says: /audit_it/, never: noReload },
      {
        method: 'POST',
        path: '/rpc/add_note',
        body: { n: 1 },
        verdict: 'in_user_code|not_about_the_schema',
        never: noReload,
      },
    ],
  },
];
