import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Test } from 'tap';
import type { PostgrestServer } from '../../src/sandbox/postgrest.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { connect, isAlive, post, sandboxFor, until } from '../helper.js';

/** Four PostgREST instances on one PostgreSQL. */
export interface Four {
  sandbox: Sandbox;
  /** A connection as the superuser. */
  database: pg.Client;
  /** In the order in which they were started; the tests take the last for the odd one. */
  instances: [PostgrestServer, PostgrestServer, PostgrestServer, PostgrestServer];
}

/** Settings of PostgREST, by their names in the environment. */
export type Config = Record<string, string>;

/** Starts four instances that end with the test: all with the settings `every`, the last with `last` beside them. */
export async function fourOn(
  t: Test,
  { every = {}, last = {} }: { every?: Config; last?: Config } = {},
): Promise<Four> {
  const sandbox = await sandboxFor(t, { postgrestConfig: every });
  const database = await connect(t, sandbox.databaseUrl);
  const first = { pid: sandbox.postgrestPid, url: sandbox.postgrestUrl, adminUrl: sandbox.postgrestAdminUrl };
  const second = await sandbox.addPostgrest();
  const third = await sandbox.addPostgrest();
  return { sandbox, database, instances: [first, second, third, await sandbox.addPostgrest(last)] };
}

/** The instances as POSTGREST_URLS has them. */
export function urlsOf(instances: readonly { url: string }[]): string {
  return instances.map(({ url }) => url).join(',');
}

/** What `POST /schema/reload` answers. */
export interface ReloadAnswer {
  status: number;
  outcome?: string;
  code?: string;
  durationMs: number;
  notifications: number;
  laggards?: string[];
  instances: { url: string; consistent: boolean; error?: { code: string }; drift: { object: string }[] }[];
}

export async function reload(app: FastifyInstance, wait: number): Promise<ReloadAnswer> {
  const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait } });
  return { ...answer.json(), status: answer.statusCode };
}

/** Reloads what `bad` keep from being proven, and waits no longer than this machine takes to prove the others. */
export async function reloadInVain(app: FastifyInstance, bad: readonly { url: string }[]): Promise<ReloadAnswer> {
  let answer: ReloadAnswer;
  let wait = 3;
  do {
    answer = await reload(app, wait);
    wait *= 2;
  } while (answer.laggards?.length !== bad.length && wait <= 48);
  return answer;
}

/** A migration that nobody tells PostgREST of. */
export async function migrate({ database }: Pick<Four, 'database'>): Promise<void> {
  await database.query('alter table organizations add column created_by text');
}

/** Asserts for each instance whether it takes the column of `migrate`; without `expected` that all do. */
export async function serves(t: Test, instances: readonly { url: string }[], expected = instances.map(() => true)) {
  const asked = instances.map(({ url }) => post(`${url}/organizations`, { name: 'Initech', created_by: 'me' }));
  const taken = (await Promise.all(asked)).map(({ status }) => status);
  t.same(
    taken,
    expected.map((isServed) => (isServed ? 201 : 400)),
  );
}

/** Waits until `GET /schema/instances` tells of these problems and no others, and returns its answer. */
export async function seen(app: FastifyInstance, problems: string[]) {
  const look = async () => (await app.inject('/schema/instances')).json();
  let fleet = await look();
  const isAsExpected = () => fleet.problems.map(({ code }: { code: string }) => code).join() === problems.join();
  await until(`the problems are: ${problems.join() || 'none'}`, async () => {
    fleet = await look();
    return isAsExpected();
  });
  return fleet;
}

/** Ends an instance without a beforeClose, and waits until nothing is left of it. */
export async function kill({ pid }: { pid: number }): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('the process is gone', () => !isAlive(pid));
}

/** Freezes instances while none of them loads: half a load would look like one that goes on. */
export async function freezeIdle(database: pg.Client, instances: readonly { pid: number }[]): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    for (const { pid } of instances) process.kill(pid, name);
  };
  await until('they are frozen and load nothing', async () => {
    signal('SIGSTOP');
    const { rowCount } = await database.query(
      `select from pg_stat_activity where usename = 'authenticator' and state <> 'idle'`,
    );
    if (rowCount !== 0) signal('SIGCONT');
    return rowCount === 0;
  });
}

/** The database as PostgREST reaches it at this port, with the role of the sandbox's own or another. */
export function authenticatorAt(port: string | number, role = 'authenticator'): string {
  return `postgres://${role}:${role}@127.0.0.1:${port}/postgres`;
}

/** Starts an instance again on the port that it had. */
export function startAgain({ sandbox }: Pick<Four, 'sandbox'>, { url }: { url: string }, config: Config = {}) {
  return sandbox.addPostgrest(config, Number(new URL(url).port));
}

/** Counts the notifications that anybody sends on `channel`. */
export async function notificationsOn(t: Test, databaseUrl: string, channel = 'pgrst'): Promise<() => number> {
  let notifications = 0;
  const listener = await connect(t, databaseUrl);
  listener.on('notification', () => notifications++);
  await listener.query(`listen ${channel}`);
  return () => notifications;
}
