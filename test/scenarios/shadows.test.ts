import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import t, { type Test } from 'tap';
import { earlierMigrations, migration } from '../../src/trigger/migration.js';
import { cases } from '../corpus/cases.js';
import { prepareServer } from '../corpus/server.js';
import { connect, sandboxFor } from '../helper.js';
import { callsOf, collectCalls } from './shadows/calls.js';
import { exercise } from './shadows/exercise.js';
import type { Call } from './shadows/parse-tree.js';
import { plant } from './shadows/plant.js';
import { queriesIn } from './shadows/sources.js';

const migrations = [...earlierMigrations, migration];
const roles = [
  { role: 'ops_super', attributes: 'superuser', mayInstall: true },
  { role: 'ops_reader', attributes: 'in role pg_read_all_stats', mayInstall: false },
];

/** Every call in the queries of the service, in its migrations and in what its event trigger runs. */
async function allCalls(t: Test, databaseUrl: string): Promise<Call[]> {
  const ofQueries = await callsOf(await connect(t, databaseUrl), queriesIn('src'));
  const migrating = await connect(t, databaseUrl);
  const ofMigrations = await collectCalls(migrating);
  for (const { up, down } of migrations) await migrating.query(`${up}; ${down}`);
  return [...ofQueries, ...ofMigrations.calls(), ...(await triggerCalls(t, databaseUrl))];
}

/** What the event trigger of each version calls at the DDL of the corpus, at each isolation level. */
async function triggerCalls(t: Test, databaseUrl: string): Promise<Call[]> {
  const server = await prepareServer(t, databaseUrl);
  const template = await server.addTemplate('');
  const calls: Call[] = [];
  for (const { up } of migrations) {
    await server.withCopy(template, async (url) => {
      const client = new pg.Client(url);
      try {
        await client.connect();
        await client.query(up);
        const collector = await collectCalls(client, 'notify_pgrst_schema_change');
        for (const level of ['read committed', 'repeatable read']) await runCorpus(client, level);
        calls.push(...collector.calls());
      } finally {
        await client.end();
      }
    });
  }
  return calls;
}

async function runCorpus(client: pg.Client, level: string): Promise<void> {
  const begin = `begin isolation level ${level}`;
  for (const { setup, ddl } of cases) {
    await client.query(begin);
    for (const sql of [...setup, ...ddl]) {
      await client.query(`savepoint statement; set local pgrst_ops.notify = ''`);
      // Some fail, as they should, and some do in a transaction, or end it.
      await client.query(sql.replaceAll('__DB__', client.database ?? '')).catch(async () => {
        await client.query('rollback to statement').catch(() => client.query(`rollback; ${begin}`));
      });
    }
    await client.query('rollback');
  }
}

const sandbox = await sandboxFor(t, {
  postgresSettings: { log_line_prefix: '%u ' },
  postgrestConfig: { PGRST_DB_EXTRA_SEARCH_PATH: 'pg_catalog' },
});

t.test('nothing that is planted for our calls runs, whoever we are', async (t) => {
  const admin = await connect(t, sandbox.databaseUrl);
  const calls = await allCalls(t, sandbox.databaseUrl);
  await admin.query('set search_path = pg_catalog, pg_temp');
  await admin.query(`create schema planted; create role migrator login superuser password 'migrator';
    ${wideTables()}`);
  for (const { role, attributes } of roles) {
    await admin.query(`create role ${role} login password '${role}' ${attributes}; create schema ${role}`);
  }
  const planted = await plant(admin, ['planted', ...roles.map(({ role }) => role)], calls);
  t.ok(planted.includes('pg_advisory_xact_lock(integer)'));
  t.ok(planted.includes('*(numeric,integer)'));
  const path = '"$user", planted, public, pg_catalog';
  await admin.query(`alter database postgres set search_path = ${path}; alter role migrator set search_path = ${path}`);
  for (const { role } of roles) await admin.query(`alter role ${role} set search_path = ${path}`);
  await admin.query(setsPath('audit_once', 'local', path) + setsPath('audit', '', path));
  const logFile = join(dirname((await admin.query('show data_directory')).rows[0].data_directory), 'postgres.log');
  const ran = () => plantedIn(logFile);

  const migrator = await connect(t, urlAs(sandbox.databaseUrl, 'migrator'));
  for (const { role, mayInstall } of roles) {
    await t.test(`as ${role}`, async (t) => {
      const url = urlAs(sandbox.databaseUrl, role);
      const databaseUrl = `${url}?options=${encodeURIComponent(`-c search_path=${path.replaceAll(' ', '')}`)}`;
      await exercise(t, { databaseUrl, postgrestUrl: sandbox.postgrestUrl, mayInstall, migrator });
      t.same(await ran(), []);
      await admin.query(`${migration.down} alter table public.organizations drop stale_1, drop stale_2, drop gated`);
    });
  }

  await t.test('by hand and by somebody else', async (t) => {
    const psql = await connect(t, urlAs(sandbox.databaseUrl, 'ops_super'));
    // Temporary objects go before all others unless they are named last. No event trigger fires at these.
    await psql.query('set session_replication_role = replica; set search_path = pg_catalog, pg_temp');
    await plant(psql, ['pg_temp'], calls);
    await psql.query('reset session_replication_role; reset search_path');
    for (const { up, down } of migrations) {
      await psql.query(up);
      await migrate(migrator);
      await psql.query(down);
    }
    t.same(await ran(), []);
  });

  await t.test('and would have run', async (t) => {
    const unpinned = await connect(t, urlAs(sandbox.databaseUrl, 'ops_super'));
    await unpinned.query(`select pg_advisory_xact_lock(hashtext('x')), 2::pg_catalog.numeric * 2, 'x'::text`);
    const names = ['hashtext(text)', 'pg_advisory_xact_lock(integer)', '*(numeric,integer)', 'type "text"'];
    t.same(
      await ran(),
      names.map((name) => `ops_super LOG:  planted: ${name}`),
    );
  });
});

/** An event trigger of others that has another search path in mind, and sets it where it runs. */
function setsPath(name: string, scope: 'local' | '', path: string): string {
  return ['ddl_command_end', 'sql_drop']
    .map(
      (event) => `create function planted.${name}_${event}() returns event_trigger language plpgsql
        as $$ begin set ${scope} search_path = ${path}; end $$;
      create event trigger ${name}_${event} on ${event} execute function planted.${name}_${event}();`,
    )
    .join('\n');
}

/** Who ran what, but for PostgREST, whose sessions are its own business. */
async function plantedIn(logFile: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    if (line.includes('planted: ') && !line.startsWith('authenticator ')) found.add(line);
  }
  return [...found];
}

function urlAs(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = role;
  return url.href;
}

/** More than 3,000 columns: such a schema is compared in a thread of its own. */
function wideTables(): string {
  const columns = Array.from({ length: 1_100 }, (_, index) => `c${index} int`).join(', ');
  return [1, 2, 3].map((number) => `create table public.wide_${number} (${columns})`).join(';');
}

/** DDL of every kind that the trigger looks at, none of which calls anything itself. */
async function migrate(client: pg.Client): Promise<void> {
  const statements = [
    'create table public.t (id pg_catalog.int4 primary key, n pg_catalog.text)',
    'alter table public.t add column more pg_catalog.int4',
    'create view public.v as select id, n from public.t',
    `create function public.f(public.t) returns pg_catalog.int4 language sql as $$ select 1 $$`,
    `create type public.mood as enum ('sad')`,
    `alter type public.mood add value 'happy'`,
    'create domain public.d as pg_catalog.int4',
    'create sequence public.s',
    'alter sequence public.s owned by public.t.id',
    'create schema made',
    'alter table public.t set schema made',
    'create materialized view public.m as select id from made.t',
    'create index on made.t (n)',
    'drop view public.v',
    'drop schema made cascade',
    'drop function if exists public.f',
    'drop type public.mood',
    'drop domain public.d',
  ];
  for (const level of ['read committed', 'repeatable read']) {
    for (const sql of statements) {
      await client.query(`begin isolation level ${level}`);
      await client.query(sql);
      await client.query('commit');
    }
  }
}
