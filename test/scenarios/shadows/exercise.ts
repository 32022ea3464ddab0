import type pg from 'pg';
import type { Test } from 'tap';
import { appWith, serve, until } from '../../helper.js';
import { untilServed } from '../../watch/service.js';

export interface Exercise {
  /** Of the service's role. */
  databaseUrl: string;
  postgrestUrl: string;
  /** Whether the role may install the event trigger. */
  mayInstall: boolean;
  /** A session of somebody else, who migrates `organizations`. */
  migrator: pg.Client;
}

const errors = [
  { code: '42501', message: 'permission denied for table organizations' },
  { code: '42501', message: 'permission denied for function organization_budget' },
  { code: '42501', message: 'permission denied for sequence projects_id_seq' },
  { code: '42501', message: 'permission denied for schema public' },
  { code: '42501', message: 'new row violates row-level security policy for table "organizations"' },
  { code: '22023', message: 'role "nobody_at_all" does not exist' },
  { code: '42501', message: 'permission denied to set role "anon"' },
  { code: '42P01', message: 'relation "public.organisations" does not exist' },
  { code: '42703', message: 'column organizations.nmae does not exist' },
  { code: '42883', message: 'function public.serach_projects(text) does not exist' },
  { code: 'PGRST106', message: 'The schema must be one of the following: public' },
  {
    code: 'PGRST200',
    message: "Could not find a relationship between 'projects' and 'organisations' in the schema cache",
  },
  {
    code: 'PGRST201',
    message: "Could not embed because more than one relationship was found for 'projects' and 'organizations'",
  },
  { code: 'PGRST202', message: 'Could not find the function public.search_project(query) in the schema cache' },
  {
    code: 'PGRST203',
    message: 'Could not choose the best candidate function between: public.search_projects(query => text)',
  },
  { code: 'PGRST204', message: "Could not find the 'nmae' column of 'organizations' in the schema cache" },
  { code: 'PGRST205', message: "Could not find the table 'public.organisations' in the schema cache" },
];

/** Calls every endpoint, with and without something that is stale, and has the gate and the watch do their work. */
export async function exercise(t: Test, on: Exercise): Promise<void> {
  await callAll(t, on);
  await keepGate(t, on);
}

async function callAll(t: Test, { databaseUrl, postgrestUrl, mayInstall, migrator }: Exercise): Promise<void> {
  const app = await appWith(t, { DATABASE_URL: databaseUrl, POSTGREST_URLS: postgrestUrl });
  await serve(app);
  const call = async (method: 'GET' | 'POST', url: string, status: number, payload?: object) => {
    const headers = { 'cache-control': 'no-cache' };
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
    t.equal(
      answer.statusCode,
      status,
      `${method} ${url} ${JSON.stringify(payload) ?? ''} ${answer.payload.slice(0, 300)}`,
    );
  };
  const installed = (status: number) => (mayInstall ? status : 403);
  await call('GET', '/health', 200);
  await call('GET', '/health/ready', 200);
  await call('POST', '/schema/reload', 200, { wait: 60 });
  await call('GET', '/schema/verify', 200);
  await call('GET', '/schema/verify?schema=public', 200);
  for (const object of [
    'organizations',
    'organizations.name',
    'search_projects',
    'projects.projects_organization_id_fkey',
  ])
    await call('GET', `/schema/verify?object=public.${object}`, 200);
  for (const error of errors) await call('POST', '/schema/diagnose', 200, { error });
  await call('GET', '/schema/instances', 200);
  await call('GET', '/schema/reloads', 200);
  await call('GET', '/trigger/status', 200);
  await call('POST', '/trigger/install?dryRun=true', 200);
  await call('POST', '/trigger/install', installed(201));
  await call('POST', '/trigger/disable', 200);
  // Nothing tells PostgREST of these.
  await migrator.query('alter table public.organizations add column stale_1 int');
  await call('GET', '/schema/verify?failOnDrift=true', 409);
  await call('POST', '/schema/reload', 200, { wait: 60, config: true });
  await migrator.query('alter table public.organizations add column stale_2 int');
  await call('POST', '/schema/reload', 202, { wait: 0 });
  await call('POST', '/trigger/enable', 200);
  await call('POST', '/trigger/uninstall', 200);
  await call('POST', '/trigger/install', installed(201));
  await app.close();
}

async function keepGate(t: Test, { databaseUrl, postgrestUrl, mayInstall, migrator }: Exercise): Promise<void> {
  const app = await appWith(t, {
    DATABASE_URL: databaseUrl,
    POSTGREST_URLS: postgrestUrl,
    RELOAD_MODE: 'gated',
    WATCH: 'heal',
    WATCH_INTERVAL_SECONDS: '0.2',
  });
  await serve(app);
  await until('it keeps the gate', async () => (await app.inject('/health')).json().checks.leader[0].status === 'pass');
  const untilCaused = (cause: string) =>
    until(`a reload by ${cause}`, async () => {
      const { reloads } = (await app.inject('/schema/reloads')).json();
      return reloads.some((reload: { cause: string }) => reload.cause === cause);
    });
  await untilCaused('takeover');
  await migrator.query('alter table public.organizations add column gated int');
  await untilServed(postgrestUrl, 'gated');
  // Where the trigger is not installed nothing is heard at the gate: the watch finds it.
  if (!mayInstall) await untilCaused('watcher');
  await app.close();
}
