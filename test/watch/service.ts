import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { Test } from 'tap';
import { freePort } from '../../src/sandbox/ports.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { migration } from '../../src/trigger/migration.js';
import { connect, sandboxFor, until } from '../helper.js';

/** The built service in a process of its own that wants to keep the gate, killed with the test. */
export interface Service {
  process: ChildProcess;
  url: string;
  /** How often it was elected. */
  elections(): number;
  /** How often it lost what it was elected for. */
  losses(): number;
  /** Ends it with no chance to say anything. */
  kill(): Promise<void>;
}

/** Starts it and waits until it serves. */
export async function startService(t: Test, sandbox: Sandbox, env: Record<string, string> = {}): Promise<Service> {
  const port = await freePort();
  const server = fileURLToPath(new URL('../../src/server.js', import.meta.url));
  const child = spawn(process.execPath, [server], {
    env: {
      DATABASE_URL: sandbox.databaseUrl,
      POSTGREST_URLS: sandbox.postgrestUrl,
      RELOAD_MODE: 'gated',
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const kill = async () => {
    child.kill('SIGKILL');
    await exit;
  };
  t.teardown(kill);
  const url = `http://127.0.0.1:${port}`;
  const serves = () => {
    if (child.exitCode !== null) throw new Error(`The service ended: ${output}`);
    return fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until('the service serves', serves, 60_000);
  return {
    process: child,
    url,
    elections: () => output.split('This process keeps the gate').length - 1,
    losses: () => output.split('This process does not keep the gate').length - 1,
    kill,
  };
}

/** Starts it and waits until it keeps the gate. */
export async function startKeeping(t: Test, sandbox: Sandbox, env: Record<string, string> = {}): Promise<Service> {
  const service = await startService(t, sandbox, env);
  await until('it keeps the gate', () => service.elections() === 1);
  return service;
}

/** One that keeps the gate, and one that stands by. */
export async function startPair(t: Test, sandbox: Sandbox): Promise<[Service, Service]> {
  const [one, other] = await Promise.all([startService(t, sandbox), startService(t, sandbox)]);
  await until('one keeps the gate', () => one.elections() + other.elections() === 1);
  return one.elections() === 1 ? [one, other] : [other, one];
}

/** A sandbox with our trigger. */
export async function gatedSandbox(t: Test): Promise<Sandbox & { client: pg.Client }> {
  const sandbox = await sandboxFor(t);
  const client = await connect(t, sandbox.databaseUrl);
  await client.query(migration.up);
  return { ...sandbox, client };
}

/** What is sent on `channel` from now on; `heard` is complete once the promise of `settle` is kept. */
export async function listenTo(t: Test, databaseUrl: string, channel = 'pgrst') {
  const client = await connect(t, databaseUrl);
  const heard: string[] = [];
  client.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await client.query(`listen ${client.escapeIdentifier(channel)}`);
  return { heard, settle: () => client.query('select 1') };
}

/** Whether somebody holds the lock of the gate alone. */
export async function isKept(client: pg.Client, channel = 'pgrst'): Promise<boolean> {
  return (await leaderPid(client, channel)) !== undefined;
}

/** The session that keeps the gate. */
export async function leaderPid(client: pg.Client, channel = 'pgrst'): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted
      and classid = hashtext('pgrst-ops:gate')::bigint & 4294967295 and objid = hashtext($1)::bigint & 4294967295`,
    [channel],
  );
  return rows[0]?.pid;
}

export async function untilFree(client: pg.Client): Promise<void> {
  await until('the gate is free', async () => !(await isKept(client)));
}

let columns = 0;

/** A name that no column has yet. */
export function newColumn(): string {
  return `added_${++columns}`;
}

/** Adds a column to `organizations`; returns its name. */
export async function addColumn(client: pg.Client): Promise<string> {
  const column = newColumn();
  await client.query(`alter table organizations add column ${column} int`);
  return column;
}

/** The columns of `organizations` in PostgREST's schema cache. */
export async function servedColumns(postgrestUrl: string): Promise<string[]> {
  const document = (await (await fetch(postgrestUrl)).json()) as {
    definitions?: Record<string, { properties: object }>;
  };
  return Object.keys(document.definitions?.organizations?.properties ?? {});
}

/** Waits until PostgREST serves that column of `organizations`. */
export async function untilServed(postgrestUrl: string, column: string): Promise<void> {
  await until(`${column} is served`, async () => (await servedColumns(postgrestUrl)).includes(column));
}
