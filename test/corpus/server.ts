import pg from 'pg';
import type { Test } from 'tap';
import { readFixture } from '../helper.js';
import { execute } from '../support/execute.js';

/** A PostgreSQL on which cases run, each in a database of its own. */
export interface CorpusServer {
  /** Its major version, such as 17. */
  version: number;
  /** Makes a template database with the fixture and then `sql`; returns its name. */
  addTemplate(sql: string): Promise<string>;
  /** Runs `use` with the URL of a new copy of `template`, which is dropped afterwards; returns what it returned. */
  withCopy<Result>(template: string, use: (databaseUrl: string) => Promise<Result>): Promise<Result>;
}

/** Gives the server of a sandbox the roles and the database that the fixture needs. */
export async function prepareServer(t: Test, databaseUrl: string): Promise<CorpusServer> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  // A pool that ended may still have connections when the server goes away.
  pool.on('error', () => {});
  t.teardown(() => pool.end());
  const { rows } = await pool.query(`select current_setting('server_version_num')::int / 10000 as version`);
  await pool.query('create role alice; create role bob; create role castrole');
  await pool.query('create database remote');
  await execute(
    urlOf(databaseUrl, 'remote'),
    'create table rt (id int, name text)',
    'create table rt2 (id int primary key, z text)',
  );
  let made = 0;
  return {
    version: rows[0].version,
    async addTemplate(sql) {
      const name = `template_${++made}`;
      await pool.query(`create database ${name}`);
      await execute(urlOf(databaseUrl, name), fixtureOn(databaseUrl), sql);
      return name;
    },
    async withCopy(template, use) {
      const name = `copy_${++made}`;
      await pool.query(`create database ${name} template ${template}`);
      try {
        return await use(urlOf(databaseUrl, name));
      } finally {
        await pool.query(`drop database ${name}`);
      }
    },
  };
}

/** What every case starts from, on the server of `databaseUrl`. */
export function fixtureOn(databaseUrl: string): string {
  const fixture = readFixture('ddl-corpus/fixture.sql')
    .replaceAll('__PORT__', new URL(databaseUrl).port)
    .replaceAll('__EMPTY_FILE__', '/dev/null');
  return `${fixture}; alter user mapping for public server loop options (add password 'postgres')`;
}

/** The URL of another database of the same server. */
export function urlOf(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = name;
  return url.href;
}
