import type { Test } from 'tap';
import { urlOf } from '../test/corpus/server.js';
import { connect } from './connect.js';

/**
 * Makes the database `name` with tables t0, t1, ... of ten columns, each but t0 with a foreign key to another; the
 * anonymous role may read them. Returns its URL.
 */
export async function makeTables(t: Test, serverUrl: string, name: string, size: number): Promise<string> {
  await (await connect(t, serverUrl)).query(`create database ${name}`);
  const databaseUrl = urlOf(serverUrl, name);
  const client = await connect(t, databaseUrl);
  // Few enough for one transaction's locks.
  const step = 500;
  for (let from = 0; from < size; from += step) {
    await client.query(`do $$
      begin
        for number in ${from}..${Math.min(from + step, size) - 1} loop
          execute format(
            'create table public.%I (id int primary key, parent int %s, note text not null default ''x'', code varchar(20), '
            'price numeric(10, 2), made timestamptz default now(), data jsonb, key uuid, flag boolean default false, tags text[])',
            't' || number, case when number > 0 then format('references public.%I', 't' || number / 2) else '' end);
        end loop;
      end $$`);
  }
  await client.query('grant select on all tables in schema public to anon');
  await client.query('vacuum analyze');
  return databaseUrl;
}

/** The URL with which PostgREST connects. */
export function asAuthenticator(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = url.password = 'authenticator';
  return url.href;
}
