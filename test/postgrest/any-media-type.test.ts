import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { appOn, connect, readFixture, sandboxFor, serve, until } from '../helper.js';
import { untilServed } from '../watch/service.js';

/** A sandbox whose functions and relations have a handler for `mediaType`, rows of any type one for `rowType`. */
async function handled(t: Test, mediaType: string, rowType: string) {
  const sandbox = await sandboxFor(t, { postgresSettings: { track_functions: 'all' } });
  const client = await connect(t, sandbox.databaseUrl);
  await client.query(
    readFixture('handlers.sql')
      .replaceAll('__MEDIA_TYPE__', client.escapeIdentifier(mediaType))
      .replaceAll('__ROW_TYPE__', client.escapeIdentifier(rowType)),
  );
  return { sandbox, client, ran: () => whatRan(sandbox.databaseUrl, t) };
}

/** What ran so far, by the name of the function, aggregate or trigger. */
async function whatRan(databaseUrl: string, t: Test): Promise<string[]> {
  const client = await connect(t, databaseUrl);
  // A session reports the functions that it ran when it ends, at the latest.
  await until('all sessions of PostgREST end', async () => {
    const { rows } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator' and state = 'idle'`,
    );
    return rows.length === 0;
  });
  const { rows } = await client.query<{ name: string }>(
    `select funcname as name from pg_stat_user_functions where funcname like 'any\\_%'
     union select substr(sequencename, 9) from pg_sequences where sequencename like 'runs\\_of\\_%' and last_value is not null
     order by name`,
  );
  return rows.map(({ name }) => name);
}

const errors = [
  {
    code: 'PGRST202',
    message: 'Could not find the function public.any_volatile without parameters in the schema cache',
  },
  { code: 'PGRST202', message: 'Could not find the function public.any_stable(a, b) in the schema cache' },
  { code: 'PGRST204', message: "Could not find the 'name' column of 'organizations' in the schema cache" },
  { code: 'PGRST204', message: "Could not find the 'title' column of 'active_projects' in the schema cache" },
  { code: 'PGRST205', message: "Could not find the table 'public.projects' in the schema cache" },
  {
    code: 'PGRST200',
    message: "Could not find a relationship between 'projects' and 'organizations' in the schema cache",
  },
];
const objects = [
  'organizations',
  'organizations.name',
  'active_projects',
  'names.name',
  'projects.projects_organization_id_fkey',
  'any_volatile()',
  'any_stable',
  'any_rows',
];

/** What each endpoint that asks PostgREST answers, without what differs from call to call. */
async function answers(app: FastifyInstance): Promise<unknown[]> {
  const verified = async (url: string) => {
    const answer = await app.inject(url);
    const { consistent, instances } = answer.json();
    return { status: answer.statusCode, consistent, drift: instances?.[0]?.drift };
  };
  const reload = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 60 } });
  const found = [{ status: reload.statusCode, outcome: reload.json().outcome }, await verified('/schema/verify')];
  const all: unknown[] = found;
  for (const object of objects) all.push({ object, ...(await verified(`/schema/verify?object=public.${object}`)) });
  for (const error of errors) {
    const answer = await app.inject({ method: 'POST', url: '/schema/diagnose', payload: { error } });
    all.push({ error, status: answer.statusCode, verdict: answer.json().verdict });
  }
  return all;
}

t.test('no question runs a handler for all media types, and every answer is as without one', async (t) => {
  const all = await handled(t, '*/*', 'application/x-pgrst-ops-probe');
  const other = await handled(t, 'text/plain', 'text/csv');
  const answered = await answers(await appOn(t, all.sandbox));
  t.same(answered, await answers(await appOn(t, other.sandbox)));
  t.match(answered.slice(0, 2), [
    { status: 200, outcome: 'fresh' },
    { status: 200, consistent: true, drift: [] },
  ]);

  await healUnnoticed(t, all.sandbox);
  t.same(await all.ran(), []);
  // That it would have been seen:
  await askWithoutLocks(all.sandbox.postgrestUrl);
  t.same(await all.ran(), [
    'any_rows',
    'any_stable',
    'any_volatile',
    'of_any',
    'of_names',
    'of_organizations',
    'on_insert',
  ]);
});

/** Lets the watch find and heal a change that nobody was told of, which it asks PostgREST about. */
async function healUnnoticed(t: Test, sandbox: Sandbox): Promise<void> {
  const app = await appOn(t, sandbox, { WATCH: 'heal', WATCH_INTERVAL_SECONDS: '0.2' });
  await serve(app);
  const client = await connect(t, sandbox.databaseUrl);
  await client.query('alter table public.organizations add column unnoticed int');
  await client.end();
  await untilServed(sandbox.postgrestUrl, 'unnoticed');
  await until('it has verified', async () => {
    const { drift } = (await app.inject('/health')).json().checks;
    return drift[0].status === 'pass';
  });
  await app.close();
}

/** Asks what we ask, without what keeps it from running. */
async function askWithoutLocks(url: string): Promise<void> {
  const ask = async (path: string, body: string) => {
    const headers = {
      accept: 'application/x-pgrst-ops-probe',
      prefer: 'return=representation',
      'content-type': 'application/json',
    };
    await until(`${path} is run`, async () => {
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body });
      const text = await answer.text();
      // Its connections were ended just before.
      if (!answer.ok && answer.status !== 503) throw new Error(`${path}: ${answer.status} ${text}`);
      return answer.ok;
    });
  };
  await ask('/rpc/any_volatile', '{}');
  await ask('/rpc/any_stable', '{"a": 1, "b": "x"}');
  await ask('/rpc/any_rows', '{}');
  await ask('/organizations?columns=name', '[]');
  await ask('/names?columns=name', '[]');
  await ask('/projects?columns=title', '[]');
}
