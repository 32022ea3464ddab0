import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import { buildApp } from '../src/app.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/sandbox/sandbox.js';
import { createServices, type ServiceLog, type Services } from '../src/services.js';
import { readSettings } from '../src/settings.js';

/** A PostgreSQL, of the version that `npm run test:matrix` sets, and a PostgREST that end with the test. */
export async function sandboxFor(t: Test, options: SandboxOptions = {}): Promise<Sandbox> {
  const { PGRST_OPS_TEST_POSTGRES: postgresNative, PGRST_OPS_TEST_CLUSTER: cluster } = process.env;
  const sandbox = await startSandbox({ postgresNative, cluster, ...options });
  t.teardown(() => sandbox.stop());
  return sandbox;
}

/** The service on a sandbox, without a port, closed with the test; `env` adds settings. */
export async function appOn(
  t: Test,
  sandbox: Pick<Sandbox, 'databaseUrl' | 'postgrestUrl'>,
  env: Record<string, string | undefined> = {},
): Promise<FastifyInstance> {
  const urls = { DATABASE_URL: sandbox.databaseUrl, POSTGREST_URLS: sandbox.postgrestUrl };
  const app = await appWith(t, { ...urls, ...env });
  // Whoever measures how long an answer takes does not measure the start.
  await app.ready();
  return app;
}

const builtOf = new WeakMap<FastifyInstance, { services: Services; log: ServiceLog }>();

/** The services of an app of `appOn` or `appWith`, and what they log to. */
export function partsOf(app: FastifyInstance): { services: Services; log: ServiceLog } {
  const parts = builtOf.get(app);
  if (parts === undefined) throw new Error('This app was built elsewhere.');
  return parts;
}

export function servicesOf(app: FastifyInstance): Services {
  return partsOf(app).services;
}

/** The service with the settings of `env`, which has to hold DATABASE_URL and POSTGREST_URLS. */
export async function appWith(t: Test, env: Record<string, string | undefined>): Promise<FastifyInstance> {
  const settings = { ...readSettings(env), databaseUrl: env.DATABASE_URL ?? '' };
  const log: ServiceLog = { info() {}, warn() {} };
  const services = createServices(settings, log);
  const app = await buildApp(settings, services);
  builtOf.set(app, { services, log });
  t.teardown(() => app.close());
  return app;
}

/** A connection as the sandbox's superuser that ends with the test. */
export async function connect(t: Test, databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // The server goes away under tests that stop it.
  client.on('error', () => {});
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

/** The text of a file in test/fixtures. */
export function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

/** Waits until `condition` holds, or throws after `deadlineMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A row for PostgREST's API: answers the status and the error code, if any. */
export async function post(url: string, row: object): Promise<{ status: number; code: string | undefined }> {
  const columns = Object.keys(row).join(',');
  const response = await fetch(`${url}?columns=${columns}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([row]),
  });
  const body = await response.text();
  return { status: response.status, code: body === '' ? undefined : JSON.parse(body).code };
}

/** The service on a port of its own; returns its address. */
export async function serve(app: FastifyInstance): Promise<string> {
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** The URL of something that takes connections and answers nothing. */
export async function hungInstance(t: Test): Promise<string> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
