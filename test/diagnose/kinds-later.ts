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
];
