import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { createDiagnoser } from '../../src/diagnose/diagnose.js';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient, type PostgrestClient } from '../../src/postgrest/client.js';
import { InstanceError } from '../../src/postgrest/instance.js';
import { stopTime } from '../fake-timers.js';
import { appOn, appWith, connect, sandboxFor, until } from '../helper.js';
import { diagnoserOn, errorOf } from './ask.js';

t.test('missing grants', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const diagnose = diagnoserOn(t, app);
  const api = sandbox.postgrestUrl;
  await database.query(`
    create schema internal; create table internal.ledger (id int);
    create function count_ledger() returns bigint language sql as 'select count(*) from internal.ledger';
    create function secret(a int, "B c" text) returns int language sql as 'select 1';
    revoke execute on function secret(int, text) from public;
    create sequence numbers; create table numbered (id int default nextval('numbers'));
    create table "Odd "" name" (id int); revoke all on "Odd "" name" from anon;
    create table guarded (id int); alter table guarded enable row level security;
    create policy "only mine" on guarded using (false)`);
  t.equal((await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode, 200);
  const run = (sql = '') => database.query(sql);

  await t.test('on a relation, as far as the method needs them', async (t) => {
    await database.query('revoke all on organizations from anon');
    const refused = await errorOf(`${api}/organizations`);
    t.match(refused, { code: '42501' });
    const any = await diagnose(refused);
    t.match(any, {
      verdict: 'missing_grant',
      explanation: 'The role anon lacks select, insert, update, delete on table public.organizations.',
      remedy: {
        sql: 'grant select on table public.organizations to anon;\ngrant insert on table public.organizations to anon;\ngrant update on table public.organizations to anon;\ngrant delete on table public.organizations to anon;',
      },
      evidence: [
        {},
        { source: 'catalog', found: 'anon lacks select, insert, update, delete on public.organizations.' },
      ],
    });
    const read = await diagnose({ error: refused, method: 'get', path: '/organizations?select=*' });
    t.equal(read.remedy.sql, 'grant select on table public.organizations to anon;');
    const embedded = await diagnose({ error: refused, method: 'POST', path: '/projects?select=*,organizations(*)' });
    t.equal(embedded.remedy.sql, 'grant select on table public.organizations to anon;');
    const written = await diagnose({ error: refused, method: 'PATCH', path: '/organizations?id=eq.1' });
    t.equal(written.remedy.sql, 'grant select, update on table public.organizations to anon;');
    await run(any.remedy.sql);
    t.equal((await fetch(`${api}/organizations`)).status, 200, 'the SQL of the remedy works');
    t.match(await diagnose(refused), { verdict: 'resolved' });
  });

  await t.test('on a function, a sequence, a schema, a name that needs quotes', async (t) => {
    const expected: [path: string, body: unknown, sql: string][] = [
      ['/rpc/secret?a=1&B%20c=x', undefined, 'grant execute on function public.secret(a integer, "B c" text) to anon;'],
      ['/numbered', {}, 'grant usage on sequence public.numbers to anon;'],
      ['/Odd%20%22%20name', undefined, 'grant select on table public."Odd "" name" to anon;'],
      [
        '/rpc/count_ledger',
        undefined,
        'grant usage on schema internal to anon;\ngrant select on table internal.ledger to anon;',
      ],
    ];
    for (const [path, body, sql] of expected) {
      const refused = await errorOf(`${api}${path}`, body);
      t.match(refused, { code: '42501' });
      const request = { method: body === undefined ? 'GET' : 'POST', path };
      const answer = await diagnose({ ...refused, ...request });
      t.match(answer, { verdict: 'missing_grant', remedy: { sql } });
      await run(answer.remedy.sql);
      t.notMatch(await diagnose({ ...refused, ...request }), { verdict: 'missing_grant' });
    }
    t.equal((await fetch(`${api}/rpc/count_ledger`)).status, 200);
  });

  await t.test('of several roles that requests can run as', async (t) => {
    await database.query(`
      create role "web user" nologin; grant "web user" to authenticator; revoke insert on projects from anon`);
    const refused = await errorOf(`${api}/projects`, { title: 'x', organization_id: 1 });
    t.match(await diagnose({ ...refused, method: 'POST', path: '/projects' }), {
      remedy: { sql: 'grant insert on table public.projects to anon;' },
      explanation: /So lack: "web user"; the error does not say which role/,
    });
    await database.query('grant insert on projects to anon');
    t.match(await diagnose({ ...refused, method: 'POST', path: '/projects' }), {
      remedy: { sql: 'grant insert on table public.projects to "web user";' },
    });
  });

  await t.test('to become a role', async (t) => {
    await database.query('revoke anon from authenticator');
    await until('PostgREST is refused', async () => (await fetch(`${api}/projects`)).status === 401);
    const refused = await errorOf(`${api}/projects`);
    const answer = await diagnose(refused);
    t.match(answer, { verdict: 'missing_grant', remedy: { sql: 'grant anon to authenticator;' } });
    await run(answer.remedy.sql);
    t.match(await diagnose(refused), { verdict: 'resolved' });
    const noRole = { code: '22023', message: 'role "nobody" does not exist', details: null, hint: null };
    t.match(await diagnose(noRole), { verdict: 'not_in_database', explanation: /no role nobody/ });
  });

  await t.test('is not what a policy refuses', async (t) => {
    t.match(await diagnose(await errorOf(`${api}/guarded`, { id: 1 })), {
      verdict: 'row_level_security',
      explanation: /"only mine"/,
    });
  });
});

t.test('schemas', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const diagnose = diagnoserOn(t, app);
  const refuse = (schema: string) =>
    errorOf(`${sandbox.postgrestUrl}/organizations`, undefined, { 'accept-profile': schema });

  const refused = await refuse('api');
  t.match(refused, { code: 'PGRST106' });
  t.match(
    await diagnose(refused),
    { verdict: 'schema_not_exposed', suggestions: ['public'] },
    'which one is not known',
  );
  t.match(await diagnose({ ...refused, profile: 'api' }), { verdict: 'not_in_database', explanation: /schema api/ });
  t.match(await diagnose({ error: await refuse('pubilc'), profile: 'pubilc' }), {
    verdict: 'misspelt',
    suggestions: ['public'],
  });
  await database.query('create schema api; create table api.things (id int)');
  const unexposed = await diagnose({ ...refused, profile: 'api' });
  t.match(unexposed, { verdict: 'schema_not_exposed', remedy: { action: /db-schemas/ } });
  t.equal(unexposed.remedy.sql, undefined);
  t.match(
    await diagnose({
      code: 'PGRST106',
      message: 'Invalid schema: api',
      hint: 'Only the following schemas are exposed: public',
    }),
    { verdict: 'schema_not_exposed' },
    'as PostgREST 13.0.7 says it',
  );
  t.match(
    await diagnose({ code: 'PGRST205', message: "Could not find the table 'api.things' in the schema cache" }),
    { verdict: 'schema_not_exposed' },
    'a relation in it',
  );

  await database.query(`alter role authenticator set pgrst.db_schemas = 'public'`);
  const withSetting = await diagnose({ ...refused, profile: 'api' });
  t.match(withSetting, {
    verdict: 'schema_not_exposed',
    remedy: { sql: /^alter role authenticator set pgrst\.db_schemas = 'public, api';\nnotify pgrst, 'reload config';/ },
    evidence: [{}, {}, { source: 'settings', found: 'pgrst.db_schemas of the role authenticator lists public.' }],
  });
  await database.query(`alter role authenticator set pgrst.db_schemas = 'public, api'`);
  const unloaded = await diagnose({ ...refused, profile: 'api' });
  t.match(unloaded, { verdict: 'configuration_not_loaded', remedy: { sql: /reload config/ } });
  await database.query(unloaded.remedy.sql ?? '');
  await until('it is exposed', async () => (await diagnose({ ...refused, profile: 'api' })).verdict === 'resolved');
});

t.test('several instances, of which some are stale, deaf or away', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${deaf.url}` });
  const diagnose = diagnoserOn(t, app);
  await database.query('alter table organizations add column created_by text');
  const error = await errorOf(`${deaf.url}/organizations?columns=created_by`, []);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('one is fresh', async () => {
    return (
      await fetch(`${sandbox.postgrestUrl}/organizations?columns=created_by`, {
        method: 'POST',
        body: '[]',
        headers: { 'content-type': 'application/json' },
      })
    ).ok;
  });
  t.match(await diagnose(error), {
    verdict: 'stale_cache',
    explanation: `PostgreSQL has the column public.organizations.created_by; the schema cache of ${deaf.url} has it not.`,
    evidence: [
      {},
      {},
      { instance: sandbox.postgrestUrl, found: /^Its schema cache has the column/ },
      { instance: deaf.url, found: /^Its schema cache does not have/ },
    ],
  });

  process.kill(sandbox.postgrestPid);
  await until('nobody listens', async () => {
    return (await database.query(`select from pg_stat_activity where query like 'LISTEN%'`)).rowCount === 0;
  });
  const alone = diagnoserOn(t, await appOn(t, sandbox, { POSTGREST_URLS: deaf.url }));
  t.match(await alone(error), { verdict: 'nobody_listens', explanation: /No session listens on pgrst/ });
  await database.query(`create role humble login password 'humble'`);
  const url = sandbox.databaseUrl.replace(/\/\/[^@]*@/, '//humble:humble@');
  const humble = diagnoserOn(t, await appOn(t, sandbox, { POSTGREST_URLS: deaf.url, DATABASE_URL: url }));
  t.match(await humble(error), {
    verdict: 'stale_cache',
    evidence: [{}, {}, {}, { source: 'listeners', found: /Without pg_read_all_stats/ }],
  });

  const message = "Could not find the table 'public.projects' in the schema cache";
  t.match(await diagnose({ code: 'PGRST205', message }), {
    verdict: 'postgrest_unreachable',
    explanation: /ECONNREFUSED/,
  });
});

t.test('a load that fails', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const diagnose = diagnoserOn(t, await appOn(t, sandbox));
  // PostgREST reads the time zones when it loads, and gives the cache up when it cannot.
  await database.query(`revoke select on pg_catalog.pg_timezone_names from public`);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('it has no cache', async () => (await fetch(`${sandbox.postgrestUrl}/projects`)).status === 503);
  const error = await errorOf(`${sandbox.postgrestUrl}/projects`);
  t.match(error, { code: 'PGRST002' });
  t.match(await diagnose(error), {
    verdict: 'load_failing',
    explanation: new RegExp(sandbox.postgrestUrl),
    evidence: [{}, { source: 'instance', found: /no schema cache/ }],
  });
  await database.query(`alter role authenticator set pgrst.db_schemas = 'public, nowhere'`);
  t.match(await diagnose(error), { verdict: 'load_failing', explanation: /does not exist: nowhere/ });
  await database.query('grant select on pg_catalog.pg_timezone_names to public');
  await until('it has loaded', async () => (await diagnose(error)).verdict === 'resolved', 90_000);
});

t.test('PostgreSQL or PostgREST away or hung', async (t) => {
  const sandbox = await sandboxFor(t);
  const diagnose = diagnoserOn(t, await appOn(t, sandbox), { mayHang: true });
  const missing = { code: 'PGRST204', message: "Column 'created_by' of relation 'organizations' does not exist" };
  /** Diagnoses until that is what it comes to: what was frozen takes a while to answer in time. */
  const untilVerdict = async (body: unknown, verdict: string) => {
    let answer = await diagnose(body);
    await until(verdict, async () => {
      if (answer.verdict !== verdict) answer = await diagnose(body);
      return answer.verdict === verdict;
    });
    return answer;
  };
  await untilVerdict(missing, 'not_in_database');

  const sessions = execFileSync('ps', ['-o', 'pid=', '--ppid', String(sandbox.postgresPid)], { encoding: 'utf8' });
  const postgres = [sandbox.postgresPid, ...sessions.trim().split(/\s+/).map(Number)];
  const signal = (pids: number[], name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended in the meantime.
      }
    }
  };
  signal(postgres, 'SIGSTOP');
  t.match(await diagnose(missing), {
    verdict: 'database_unreachable',
    evidence: [{}, { source: 'catalog', found: /within 1500 ms/ }, { source: 'instance', found: /does not have/ }],
  });
  signal([sandbox.postgrestPid], 'SIGSTOP');
  t.match(await diagnose(missing), { evidence: [{}, { source: 'catalog' }, { found: /did not answer in time/ }] });
  signal(postgres, 'SIGCONT');
  t.match(await untilVerdict(missing, 'not_in_database'), { evidence: [{}, {}, { found: /did not answer/ }] });
  t.match(await diagnose({ path: '/projects' }), { verdict: 'postgrest_unreachable' });
  signal([sandbox.postgrestPid], 'SIGCONT');

  const { rows } = await (await connect(t, sandbox.databaseUrl)).query('select 1');
  t.equal(rows.length, 1);
  process.kill(sandbox.postgresPid, 'SIGINT');
  await until('requests fail', async () => (await fetch(`${sandbox.postgrestUrl}/projects`)).status === 503);
  const error = await errorOf(`${sandbox.postgrestUrl}/projects`);
  t.match(error, { code: /^PGRST00[012]$/ });
  t.match(await untilVerdict(error, 'database_unreachable'), {
    explanation: /PostgreSQL (cannot be reached|does not serve us)/,
  });
  t.match(
    await diagnose({
      code: 'PGRST201',
      message: "Could not embed because more than one relationship was found for 'a' and 'b'",
      hint: "Try changing 'b' to one of the following: 'b!x', 'b!y'. Find the desired relationship in the 'details' key.",
    }),
    { verdict: 'ambiguous_relationship', suggestions: ['b!x', 'b!y'] },
    'what the error alone tells is told',
  );
  await sandbox.startPostgres();
  await until(
    'PostgREST is back',
    async () => (await fetch(`${sandbox.postgrestUrl}/projects`)).status === 200,
    90_000,
  );
  t.match(await untilVerdict(error, 'resolved'), { verdict: 'resolved' });
  const exhausted = { code: 'PGRST003', message: 'Timed out acquiring connection from connection pool.' };
  t.match(await untilVerdict(exhausted, 'pool_exhausted'), { verdict: 'pool_exhausted' });
});

t.test('whatever hangs, it answers within 5 s', async (t) => {
  const never = () => new Promise<never>(() => {});
  const { lookup } = dns.promises;
  const resolveWith = (resolve: unknown) => {
    Object.assign(dns.promises, { lookup: resolve });
    syncBuiltinESMExports();
  };
  t.teardown(() => resolveWith(lookup));
  resolveWith(never);
  const time = stopTime(t);
  const { timeout } = AbortSignal;
  t.teardown(() => Object.assign(AbortSignal, { timeout }));
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException('Too late.', 'TimeoutError')), ms);
    return controller.signal;
  };
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new InstanceError('timeout', 'It did not answer in time.')));
    });
  const client = createPostgrestClient({});
  const pool = Object.assign(createPool('postgres://127.0.0.1:1/x', 1), { connect: never });
  const error = { code: 'PGRST205', message: "Could not find the table 'public.projects' in the schema cache" };

  /** What it comes to, and after how many ms. */
  const diagnosed = async (identify: PostgrestClient['identify']) => {
    const startedAt = performance.now();
    const diagnose = createDiagnoser({
      pool,
      client: { ...client, identify, plan: { ...client.plan, relation: (...[, , , , signal]) => hang(signal) } },
      instances: [{ url: 'dns+http://rest.example:3000' }],
      channel: 'pgrst',
      anonRole: undefined,
      documentRole: undefined,
      configuredSchemas: () => [],
      verify: never,
    });
    const { verdict, evidence } = await time.passFor(diagnose(error));
    return { verdict, found: evidence.map(({ found }) => found), tookMs: performance.now() - startedAt };
  };
  const found = [`PGRST205 ${error.message}`, 'There was no answer within 1500 ms.', 'It did not answer in time.'];
  t.same(await diagnosed((_, signal) => hang(signal)), { verdict: 'database_unreachable', found, tookMs: 3_500 });
  const justInTime = async () => {
    await delay(1_499);
    return { schemas: ['public'], version: '12.0.2' };
  };
  t.same(await diagnosed(justInTime), { verdict: 'database_unreachable', found, tookMs: 4_999 });
});

t.test('nothing is configured right', async (t) => {
  const app = await appWith(t, { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' });
  const diagnose = diagnoserOn(t, app);
  t.match(await diagnose({ code: '42501', message: 'permission denied for table a' }), {
    verdict: 'missing_grant',
    explanation: /cannot be told without PostgreSQL/,
  });
  t.match(await diagnose({ code: '23505', message: 'duplicate key' }), { verdict: 'not_about_the_schema' });
  for (const body of [null, [], {}, 'text', 1, { error: null }, { error: 'x' }]) {
    t.match(await diagnose(body), { verdict: 'unknown', code: null });
  }
});
