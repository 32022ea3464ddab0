import pg from 'pg';
import type { Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { migration } from '../../src/trigger/migration.js';
import { urlOf } from '../corpus/server.js';
import { connect } from '../helper.js';

/** A database with the trigger, where everything that its sessions are told is seen. */
export interface Watched {
  name: string;
  /** A superuser's session. */
  client: pg.Client;
  /** What all its sessions were warned of since this was last emptied. */
  warnings: { message: string; hint: string }[];
  /** One more superuser's session. */
  connect(): Promise<pg.Client>;
  /** Runs `sql`, on `client` unless told where, and returns the channels that were notified since the last time. */
  notified(sql: string, session?: pg.Client): Promise<string[]>;
}

let made = 0;

/** Makes a database in which `public` is exposed and `private` is not, with a listener on `channels`. */
export async function watchedDatabase(
  t: Test,
  sandbox: Sandbox,
  {
    schemas = 'public',
    channels = ['pgrst'],
    options = '',
  }: { schemas?: string | null; channels?: string[]; options?: string } = {},
): Promise<Watched> {
  const name = `watched_${++made}`;
  const server = await connect(t, sandbox.databaseUrl);
  await server.query(`create database ${name} ${options}`);
  // A lock that is never released fails the test soon.
  await server.query(`alter database ${name} set statement_timeout = '60s'`);
  if (schemas !== null) {
    await server.query(`alter database ${name} set pgrst.db_schemas = ${pg.escapeLiteral(schemas)}`);
  }
  const url = urlOf(sandbox.databaseUrl, name);

  const warnings: Watched['warnings'] = [];
  const connectAndWatch = async () => {
    const session = await connect(t, url);
    session.on('notice', ({ severity, message, hint }) => {
      if (severity === 'WARNING') warnings.push({ message: message ?? '', hint: hint ?? '' });
    });
    return session;
  };
  const client = await connectAndWatch();
  await client.query(`create schema private; ${migration.up}`);

  const listener = await connect(t, url);
  let heard: string[] = [];
  listener.on('notification', ({ channel }) => heard.push(channel));
  for (const channel of channels) await listener.query(`listen ${pg.escapeIdentifier(channel)}`);

  return {
    name,
    client,
    warnings,
    connect: connectAndWatch,
    notified: async (sql, session = client) => {
      await session.query(sql);
      // What was sent before this is delivered before its answer.
      await listener.query('select 1');
      const channelsHeard = heard;
      heard = [];
      return channelsHeard;
    },
  };
}
