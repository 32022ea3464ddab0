import type pg from 'pg';
import { tables } from './variants.js';

/** DDL by what it does; `number` never repeats. */
export const statements = {
  'alter table add column': (number: number) => `alter table public.t${number % tables} add column c${number} int`,
  'create or replace function': (number: number) =>
    `create or replace function public.f() returns int language sql as 'select ${number}'`,
  'comment on column': (number: number) => `comment on column public.t${number % tables}.note is '${number}'`,
  'create table': (number: number) => `create table public.n${number} (id int primary key, note text)`,
};

/** Temporary tables by how they go away; each is made and dropped `count` times. */
export const temporary = {
  'on commit drop': (count: number) => `do $$
    begin
      for number in 1..${count} loop
        create temporary table tt (id int, note text) on commit drop;
        commit;
      end loop;
    end $$`,
  'create, drop': (count: number) => `do $$
    begin
      for number in 1..${count} loop
        create temporary table tt (id int, note text);
        commit;
        drop table tt;
        commit;
      end loop;
    end $$`,
};

/** What runs `statement` as many times as it is told, each in its own transaction. */
export function oneByOne(client: pg.Client, statement: (number: number) => string): (count: number) => Promise<void> {
  let number = 0;
  return async (count) => {
    for (const end = number + count; number < end; number++) await client.query(statement(number));
  };
}

/** A transaction of `count` DDL statements of several kinds, which leaves as many tables as there were. */
export function migrationOf(count: number): string {
  const kinds = [
    (number: number) => `create table public.m${number} (id int primary key, note text)`,
    (number: number) => `create view public.v${number} as select id, note from public.m${number}`,
    (number: number) => `alter table public.m${number} add column more int`,
    (number: number) => `alter table public.m${number} alter column more set default ${number}`,
    (number: number) => `comment on column public.t${number}.note is '${number}'`,
    (number: number) => `create or replace function public.f() returns int language sql as 'select ${number}'`,
    (number: number) => `grant select on public.m${number} to anon`,
    (number: number) => `create index on public.m${number} (more)`,
    (number: number) => `drop view public.v${number}`,
    (number: number) => `drop table public.m${number}`,
  ];
  const parts = Array.from({ length: count / kinds.length }, (_, number) => kinds.map((kind) => kind(number)));
  return ['begin', ...parts.flat(), 'commit'].join(';\n');
}
