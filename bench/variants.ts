import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Test } from 'tap';
import { migration } from '../src/trigger/migration.js';
import { urlOf } from '../test/corpus/server.js';
import { pair, simple } from '../test/corpus/triggers.js';
import { connect } from './connect.js';
import { least } from './least.js';

export const tables = 1000;

/** What is compared, as SQL that installs it. */
export const triggers = { ours: migration.up, least, simple, pair };

/** What DDL is measured under. */
export interface Variant {
  name: keyof typeof triggers | 'none' | 'none again';
  /** Has its event triggers fire and no others. */
  switchOn(): Promise<void>;
}

/**
 * Makes a database with 1,000 tables and somebody who listens, in another process; returns its URL and what to compare
 * there, `none` first. All share the database: two of the same content differ more than two triggers do, because of
 * where their files are. `none again` shows how much equals differ.
 */
export async function makeVariants(
  t: Test,
  serverUrl: string,
): Promise<{ databaseUrl: string; variants: readonly Variant[] }> {
  const admin = await connect(t, serverUrl);
  await admin.query('create database bench');
  await admin.query(`alter role authenticator in database bench set pgrst.db_schemas = 'public'`);
  const databaseUrl = urlOf(serverUrl, 'bench');
  const client = await connect(t, databaseUrl);
  await client.query(`do $$
    begin
      for number in 0..${tables - 1} loop
        execute format('create table public.%I (id int primary key, note text)', 't' || number);
      end loop;
    end $$`);
  await client.query('vacuum analyze');

  const variant = (name: Variant['name'], eventTriggers: string[]): Variant => ({
    name,
    switchOn: () => fireOnly(client, eventTriggers),
  });
  const variants = [variant('none', []), variant('none again', [])];
  for (const name of Object.keys(triggers) as (keyof typeof triggers)[]) {
    await fireOnly(client, []);
    // Those of others take the search path as it is by default.
    await client.query(`set search_path = public; ${triggers[name]}; reset search_path`);
    const { rows } = await client.query(`select evtname from pg_event_trigger where evtenabled <> 'D'`);
    variants.push(
      variant(
        name,
        rows.map(({ evtname }) => evtname),
      ),
    );
  }
  await startListening(t, databaseUrl);
  return { databaseUrl, variants };
}

async function fireOnly(client: pg.Client, eventTriggers: string[]): Promise<void> {
  const wanted = `array[${eventTriggers.map(pg.escapeLiteral).join(', ')}]::name[]`;
  await client.query(`do $$
    declare
      command text;
    begin
      for command in
        select format('alter event trigger %I %s', evtname, case when evtenabled = 'D' then 'enable always' else 'disable' end)
        from pg_event_trigger
        where (evtenabled <> 'D') <> (evtname = any (${wanted}))
      loop
        execute command;
      end loop;
    end $$`);
}

async function startListening(t: Test, databaseUrl: string): Promise<void> {
  const script = fileURLToPath(new URL('./listen.js', import.meta.url));
  const listener = spawn(process.execPath, [script, databaseUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => listener.stdin.end());
  await once(listener.stdout, 'data');
}
