import pg from 'pg';
import t, { type Test } from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { createReloader, type Reloader } from '../../src/reload/reload.js';
import { findWitnesses } from '../../src/reload/witness.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { migration } from '../../src/trigger/migration.js';
import type { Verifier } from '../../src/verify/verify.js';
import { deadlinesOf } from '../deadlines.js';
import { appOn, connect, hungInstance, post, sandboxFor, servicesOf, until } from '../helper.js';
import { verifierOn } from '../verify/verifier.js';
import { clockOf, type StoppableClock } from './clock-of.js';
import { freshReport } from './reports.js';

/** A reloader on the sandbox, with what it reads counted. */
function reloaderOn(t: Test, sandbox: Sandbox): { reloader: Reloader; looks: () => number; searches: () => number } {
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  let looks = 0;
  let searches = 0;
  const client = createPostgrestClient({});
  const verifier = verifierOn(pool, client, [{ url: sandbox.postgrestUrl }], 'anon');
  const counting: typeof verifier = {
    ...verifier,
    look(...args) {
      looks++;
      return verifier.look(...args);
    },
  };
  const instances = [{ url: sandbox.postgrestUrl }];
  const reloader = createReloader({
    pool,
    verifier: counting,
    findWitnesses() {
      searches++;
      return findWitnesses({ pool, client, instances, schemas: undefined });
    },
    instances,
    channel: 'pgrst',
    catchUp: async () => false,
  });
  return { reloader, looks: () => looks, searches: () => searches };
}

/** A reloader on the sandbox that never gets to see whether anything is fresh, and is told of no instances but `urls`. */
function blindReloaderOn(
  t: Test,
  sandbox: Sandbox,
  {
    look = () => new Promise<never>(() => {}),
    urls = [],
    catchUp = async () => false,
  }: { look?: Verifier['look']; urls?: string[]; catchUp?: () => Promise<boolean> } = {},
): Reloader {
  const pool = createPool(sandbox.databaseUrl, 4);
  t.teardown(() => pool.end());
  return createReloader({
    pool,
    verifier: { look, proven: () => {} },
    findWitnesses: async () => undefined,
    instances: urls.map((url) => ({ url })),
    channel: 'pgrst',
    catchUp,
  });
}

/** Collects the payloads that anybody sends on the channel. */
async function payloadsOn(t: Test, sandbox: Sandbox, channel = 'pgrst'): Promise<string[]> {
  const payloads: string[] = [];
  const listener = await connect(t, sandbox.databaseUrl);
  listener.on('notification', ({ payload }) => payloads.push(payload ?? ''));
  await listener.query(`listen ${channel}`);
  return payloads;
}

type App = Awaited<ReturnType<typeof appOn>>;

/** What was last found by comparing, and when. */
async function driftOf(app: App): Promise<{ output?: string; time: string }> {
  return (await app.inject('/health')).json().checks.drift[0];
}

/** Waits until `app` has compared once more, from beginning to end. */
async function untilCompared(app: App): Promise<void> {
  const times = new Set<string>();
  const isSeen = async () => times.add((await driftOf(app)).time).size > 2;
  await until('it has compared again', isSeen);
}

t.test('calls that come together share one notification', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const payloads = await payloadsOn(t, sandbox);
  const reload = () => app.inject({ method: 'POST', url: '/schema/reload' });
  const answers = await Promise.all([reload(), reload()]);
  t.same(
    answers.map((answer) => answer.statusCode),
    [200, 200],
  );
  await until('the notification arrives', () => payloads.length > 0);
  t.same(payloads, ['reload schema']);
});

t.test('a thousand calls cause at most two notifications and few looks', async (t) => {
  const sandbox = await sandboxFor(t);
  const payloads = await payloadsOn(t, sandbox);
  const { reloader, looks } = reloaderOn(t, sandbox);
  const startedAt = performance.now();
  const results = await Promise.all(
    Array.from({ length: 1_000 }, () => reloader.reload({ waitMs: 60_000, config: false })),
  );
  t.ok(results.every(({ outcome }) => outcome === 'fresh'));
  await until('the notification arrives', () => payloads.length > 0);
  t.ok(payloads.length <= 2, `${payloads.length} notifications`);
  // However long PostgREST takes, one looks twice a second then.
  const most = 10 + (performance.now() - startedAt) / 500;
  t.ok(looks() <= most, `${looks()} looks, at most ${most}`);
});

t.test('however many come one after the other, few looks serve them', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const { reloader, looks, searches } = reloaderOn(t, sandbox);
  await database.query('alter table organizations add column created_by text');
  const answers: Promise<{ outcome: string }>[] = [];
  const startedAt = performance.now();
  for (let comers = 0; comers < 200; comers++) {
    answers.push(reloader.reload({ waitMs: 60_000, config: false }));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const { outcome } of await Promise.all(answers)) t.equal(outcome, 'fresh');
  // The longer PostgREST takes, the more loads it takes to serve them.
  const most = 15 + (performance.now() - startedAt) / 500;
  t.ok(searches() + looks() <= most, `${searches()} searches and ${looks()} looks for 200, at most ${most}`);
});

t.test('a call during another one gets an answer about its own change', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const { reloader } = reloaderOn(t, sandbox);
  for (let round = 0; round < 20; round++) {
    const first = reloader.reload({ waitMs: 60_000, config: false });
    await database.query(`alter table organizations add column later_${round} int`);
    const second = await reloader.reload({ waitMs: 60_000, config: false });
    t.equal(second.outcome, 'fresh');
    const inserted = await post(`${sandbox.postgrestUrl}/organizations`, {
      name: 'Initech',
      [`later_${round}`]: round,
    });
    t.match(inserted, { status: 201 }, `round ${round}`);
    await first;
  }
});

t.test('wait: 0 notifies and waits for nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  const app = await appOn(t, sandbox);
  const payloads = await payloadsOn(t, sandbox);
  process.kill(sandbox.postgrestPid, 'SIGSTOP');
  const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 0, reason: 'deploy 7' } });
  t.match(
    [answer.statusCode, answer.json()],
    [202, { outcome: 'notified', notifications: 1, listeners: 2, instances: [] }],
  );
  await until('the notification arrives', () => payloads.length > 0);
});

t.test('config: true reloads the configuration too, before the schema', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const payloads = await payloadsOn(t, sandbox);
  await database.query(`create schema internal; alter role authenticator set pgrst.db_schemas = 'public, internal'`);
  const answer = await app.inject({ method: 'POST', url: '/schema/reload', payload: { config: true } });
  t.equal(answer.statusCode, 200);
  t.same((await app.inject('/schema/verify?schema=internal')).statusCode, 200, 'it is exposed by then');
  await until('both notifications arrive', () => payloads.length === 2);
  t.same(payloads, ['reload config', 'reload schema']);
});

t.test('config: true is not answered with 200 as long as an instance has not taken it up', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CONFIG: 'false', PGRST_DB_SCHEMAS: 'public' });
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${deaf.url}` });
  await database.query(`create schema internal; alter role authenticator set pgrst.db_schemas = 'public, internal'`);
  const payloads = await payloadsOn(t, sandbox);
  const deadlines = deadlinesOf(t, 123);
  const reload = (config: boolean) =>
    app.inject({ method: 'POST', url: '/schema/reload', payload: { config, wait: 123 } });
  const answering = reload(true);
  await until('it is told again', () => payloads.length > 2);
  await untilCompared(app);
  await until('the other one has taken it up', async () => (await driftOf(app)).output === `Stale: ${deaf.url}.`);
  deadlines.pass();
  const answer = await answering;
  t.match(answer.json(), {
    status: 504,
    laggards: [deaf.url],
    instances: [{ consistent: true }, { drift: [{ kind: 'changed_setting', object: 'pgrst.db_schemas' }] }],
  });
  t.ok(answer.json().notifications > 1, 'although it was told again');
  t.equal((await reload(false)).statusCode, 200, 'the schema alone is fresh');
});

t.test('as long as somebody waits for the configuration, PostgREST is told of it too when others come', async (t) => {
  const sandbox = await sandboxFor(t);
  const reloader = blindReloaderOn(t, sandbox);
  const payloads = await payloadsOn(t, sandbox);
  const configuration = reloader.reload({ waitMs: 60_000, config: true });
  await until('it is told', () => payloads.length === 2);
  await reloader.reload({ waitMs: 0, config: false });
  await until('it is told again', () => payloads.length === 4);
  t.same(payloads, ['reload config', 'reload schema', 'reload config', 'reload schema']);
  reloader.close();
  t.match(await configuration, { outcome: 'interrupted' });
});

t.test('once the load of which PostgREST was told is seen to be over nothing loads, proven or not', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const reloader = blindReloaderOn(t, sandbox, { urls: [sandbox.postgrestUrl] });
  const payloads = await payloadsOn(t, sandbox);
  // PostgREST reads the time zones last, and begins when it has been seen that it has not yet.
  await database.query('begin; lock table pg_catalog.pg_timezone_names in access exclusive mode');
  process.kill(sandbox.postgrestPid, 'SIGSTOP');
  t.teardown(() => process.kill(sandbox.postgrestPid, 'SIGCONT'));
  const reload = reloader.reload({ waitMs: 120_000, config: false });
  await until('it is told', () => payloads.length > 0);
  const toldAt = performance.now();
  await until('time goes by', () => performance.now() > toldAt + 500);
  process.kill(sandbox.postgrestPid, 'SIGCONT');
  await until('it loads', async () => {
    const { rowCount } = await database.query('select from pg_locks where not granted');
    return rowCount === 1;
  });
  const loadingAt = performance.now();
  await until('time goes by', () => performance.now() > loadingAt + 500);
  t.ok(reloader.loadedUntil() >= loadingAt + 500);
  await database.query('rollback');
  await until('it loads no more', () => reloader.loadedUntil() < performance.now());
  reloader.close();
  t.match(await reload, { outcome: 'interrupted' });
});

t.test('a relationship between views is waited for too', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create schema private;
    create table private.author (id int primary key);
    create table private.book (id int primary key, author int, editor int, printer int, reader int, owner int);
    create view author as select * from private.author;
    create view book as select * from private.book;
    grant usage on schema private to anon; grant select on private.author, private.book, author, book to anon`);
  const { reloader } = reloaderOn(t, sandbox);
  const reload = () => reloader.reload({ waitMs: 60_000, config: false });
  t.match(await reload(), { outcome: 'fresh' });
  for (const column of ['author', 'editor', 'printer', 'reader', 'owner']) {
    await database.query(
      `alter table private.book add constraint ${column}_key foreign key (${column}) references private.author`,
    );
    t.match(await reload(), { outcome: 'fresh' });
    const answer = await fetch(`${sandbox.postgrestUrl}/book?select=id,author!${column}_key(id)`);
    t.equal(answer.status, 200, column);
  }
});

t.test('what is not compared has time to load, 20 times', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  for (let round = 0; round < 20; round++) {
    await database.query(`create function later_${round}() returns int language sql as 'select 1'`);
    t.equal((await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode, 200);
    t.equal((await fetch(`${sandbox.postgrestUrl}/rpc/later_${round}`)).status, 200, `round ${round}`);
  }
});

t.test('whoever asks for the OpenAPI document is not taken for a load', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  let isOver = false;
  const ask = async () => {
    while (!isOver) await (await fetch(sandbox.postgrestUrl)).arrayBuffer();
  };
  const asking = [ask(), ask()];
  const described = async () => {
    const document = (await (await fetch(sandbox.postgrestUrl)).json()) as {
      definitions: { organizations: { description: string } };
    };
    return document.definitions.organizations.description;
  };
  for (let round = 0; round < 8; round++) {
    await database.query(`comment on table organizations is 'round ${round}'`);
    const answer = await app.inject({ method: 'POST', url: '/schema/reload' });
    t.match(answer.json(), { outcome: 'fresh', notifications: 1 });
    t.equal(await described(), `round ${round}`);
  }
  isOver = true;
  await Promise.all(asking);
});

t.test('a load that is under way is waited for, though nothing compared has changed', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox);
  const blocker = await connect(t, sandbox.databaseUrl);
  await blocker.query('begin; lock table pg_catalog.pg_timezone_names in access exclusive mode');
  await database.query(`comment on table organizations is 'later'`);
  const deadlines = deadlinesOf(t, 123);
  const reload = (wait: number) => app.inject({ method: 'POST', url: '/schema/reload', payload: { wait } });
  const inVain = reload(123);
  await until('it has looked', async () => (await driftOf(app)).output === undefined);
  deadlines.pass();
  t.match((await inVain).json(), { status: 504, detail: /still loading/, laggards: [] });

  const answer = reload(60);
  await until('it waits', async () => (await database.query('select from pg_locks where not granted')).rowCount !== 0);
  await blocker.query('rollback');
  t.equal((await answer).statusCode, 200);
  const document = await (await fetch(sandbox.postgrestUrl)).json();
  t.match(document, { definitions: { organizations: { description: 'later' } } });
});

t.test('an error of an earlier request is not told to a later one', async (t) => {
  const failing = new Error('away');
  let isAway = true;
  let looks = 0;
  const look = () => {
    looks++;
    return isAway ? Promise.reject(failing) : new Promise<never>(() => {});
  };
  const reloader = blindReloaderOn(t, await sandboxFor(t), { look });
  const deadlines = deadlinesOf(t, 123);
  const reloadInVain = async () => {
    const before = looks;
    const result = reloader.reload({ waitMs: 123_000, config: false });
    await until('it has looked', () => looks > before);
    deadlines.pass();
    return result;
  };
  t.match(await reloadInVain(), { outcome: 'failed', error: failing, notifications: 1 });
  isAway = false;
  t.match(await reloadInVain(), { outcome: 'deadline_passed' });
});

t.test('what was seen for an earlier request is not told to a later one', async (t) => {
  const sandbox = await sandboxFor(t);
  const instance = { url: sandbox.postgrestUrl };
  let isHung = false;
  let hungLooks = 0;
  const look: Verifier['look'] = async (_, observer) => {
    observer?.began([instance]);
    if (isHung) {
      hungLooks++;
      return new Promise<never>(() => {});
    }
    const report = freshReport(instance);
    observer?.reported(report);
    return { at: new Date(), durationMs: 0, reports: [report], catalogs: [] };
  };
  const reloader = blindReloaderOn(t, sandbox, { look, urls: [instance.url] });
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(migration.up);
  let round = 0;
  let answeredAt = performance.now();
  // Nothing is written from then on, not even a notification: what was clear then still is.
  await until(
    'one joins a load',
    async () => {
      await until('PostgREST has been left alone', () => performance.now() > answeredAt + 200);
      await database.query(`alter table organizations add column seen_${++round} int`);
      const { outcome, notifications } = await reloader.reload({ waitMs: 60_000, config: false });
      t.equal(outcome, 'fresh');
      answeredAt = performance.now();
      return notifications === 0;
    },
    120_000,
  );
  isHung = true;
  const deadlines = deadlinesOf(t, 123);
  const result = reloader.reload({ waitMs: 123_000, config: false });
  await until('it looks', () => hungLooks > 0);
  deadlines.pass();
  t.match(await result, {
    outcome: 'deadline_passed',
    instances: [{ report: { error: { code: 'timeout' } } }],
  });
});

t.test('where nothing is heard of what others send PostgREST is told all the same', async (t) => {
  let looks = 0;
  const look = () => {
    looks++;
    return new Promise<never>(() => {});
  };
  const reloader = blindReloaderOn(t, await sandboxFor(t), { look, catchUp: () => new Promise(() => {}) });
  const deadlines = deadlinesOf(t, 123);
  const result = reloader.reload({ waitMs: 123_000, config: false });
  await until('it waits for the load', () => looks > 0);
  deadlines.pass();
  t.match(await result, { isAnnounced: true, notifications: 1 });
});

t.test('what the event trigger has PostgREST load is proven without another notification', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(migration.up);
  const app = await appOn(t, sandbox);
  let round = 0;
  let answeredAt = performance.now();
  await until(
    'one joins the load',
    async () => {
      // PostgREST begins at once unless it has just loaded.
      await until('it has been left alone', () => performance.now() > answeredAt + 200);
      const column = `joined_${++round}`;
      await database.query(`alter table organizations add column ${column} int`);
      const answer = await app.inject({ method: 'POST', url: '/schema/reload' });
      t.equal(answer.statusCode, 200);
      const row = { name: 'Initech', [column]: round };
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 201 });
      answeredAt = performance.now();
      return answer.json().notifications === 0;
    },
    120_000,
  );
});

t.test('so it is where not all that listen are ours: what they lacked and have now proves it', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(migration.up);
  await sandbox.addPostgrest();
  const app = await appOn(t, sandbox);
  await app.listen({ port: 0 });
  await until('it hears what is sent', () => servicesOf(app).listener.listeningSince() !== undefined);
  let round = 0;
  await until(
    'nobody is told again',
    async () => {
      const column = `joined_${++round}`;
      await database.query(`alter table organizations add column ${column} int`);
      const answer = await app.inject({ method: 'POST', url: '/schema/reload' });
      t.match(answer.json(), { outcome: 'fresh', instances: [{ after: 'fresh' }] });
      const row = { name: 'Initech', [column]: round };
      t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 201 });
      return answer.json().notifications === 0;
    },
    120_000,
  );
});

t.test('whoever holds the lock of those who notify keeps nobody from it', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`select pg_advisory_lock(hashtext('pgrst-ops:notify'), hashtext('pgrst'))`);
  const app = await appOn(t, sandbox);
  await database.query('alter table organizations add column created_by text');
  const reload = (payload: object) => app.inject({ method: 'POST', url: '/schema/reload', payload });
  const answers = await Promise.all([reload({}), reload({ wait: 0 })]);
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 202],
  );

  const other = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${await hungInstance(t)}` });
  const deadlines = deadlinesOf(t, 123);
  const payloads = await payloadsOn(t, sandbox);
  const waiting = other.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 123 } });
  await until('it is repeated', () => payloads.length > 1);
  await untilCompared(other);
  deadlines.pass();
  const waited = await waiting;
  t.equal(waited.statusCode, 504);
  t.ok(waited.json().notifications > 1, 'nor from having it repeated');
});

t.test('a role without any privilege can reload all the same', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`create role ops login password 'ops'`);
  const url = new URL(sandbox.databaseUrl);
  url.username = url.password = 'ops';
  await database.query(`
    create schema internal;
    create table internal.numbers (id int generated by default as identity primary key)`);
  const { url: postgrest } = await sandbox.addPostgrest({ PGRST_DB_SCHEMAS: 'public,internal' });
  const app = await appOn(t, sandbox, {
    DATABASE_URL: url.href,
    POSTGREST_URLS: `${sandbox.postgrestUrl},${postgrest}`,
  });
  await database.query('alter table organizations add column created_by text');
  const answer = await app.inject({ method: 'POST', url: '/schema/reload' });
  t.match([answer.statusCode, answer.json()], [200, { outcome: 'fresh', listeners: null }]);
});

t.test('one instance of several that is not fresh is named', async (t) => {
  const sandbox = await sandboxFor(t);
  const deaf = await sandbox.addPostgrest({ PGRST_DB_CHANNEL_ENABLED: 'false' });
  const database = await connect(t, sandbox.databaseUrl);
  const app = await appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${deaf.url}` });
  await database.query('alter table organizations add column created_by text');
  const deadlines = deadlinesOf(t, 123);
  const answering = app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 123 } });
  await until('the other one is fresh', async () => (await driftOf(app)).output === `Stale: ${deaf.url}.`);
  deadlines.pass();
  const answer = await answering;
  t.match(answer.json(), { status: 504, laggards: [deaf.url] });
  t.equal(answer.json().laggards.length, 1);
});

/** Calls `then` when PostgreSQL has taken a notification of this process, before anybody else knows. */
function onNotified(t: Test, then: () => void): void {
  const { query } = pg.Client.prototype;
  t.teardown(() => {
    pg.Client.prototype.query = query;
  });
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const result = Reflect.apply(query, this, args);
    if (String(args[0]).includes('pg_notify')) result.then(then, () => {});
    return result;
  } as typeof query;
}

for (const [teller, tell] of Object.entries({
  others: async (reloader: Reloader, clock: StoppableClock) => {
    clock.stop();
    reloader.heard();
  },
  us: async (reloader: Reloader, clock: StoppableClock, t: Test) => {
    onNotified(t, clock.stop);
    await reloader.reload({ waitMs: 0, config: false });
  },
})) {
  t.test(`where loads take long nothing is looked for just after PostgREST was told by ${teller}`, async (t) => {
    const sandbox = await sandboxFor(t);
    const pool = createPool(sandbox.databaseUrl, 4);
    t.teardown(() => pool.end());
    const instance = { url: sandbox.postgrestUrl };
    const payloads = await payloadsOn(t, sandbox);
    let searches = 0;
    let isMissing = true;
    const reloader = createReloader({
      pool,
      verifier: { look: () => new Promise<never>(() => {}), proven: () => {} },
      async findWitnesses() {
        searches++;
        const report = freshReport(instance);
        return [
          { instance, staleAt: performance.now(), stale: report, fresh: report, isMissing: async () => isMissing },
        ];
      },
      instances: [instance],
      channel: 'pgrst',
      catchUp: async () => false,
    });
    t.teardown(() => reloader.close());
    const first = reloader.reload({ waitMs: 60_000, config: false });
    await until('PostgREST is told', () => payloads.length > 0);
    const longUntil = performance.now() + 500;
    await until('the load takes long', () => performance.now() > longUntil);
    isMissing = false;
    t.match(await first, { outcome: 'fresh' });
    const before = searches;
    const clock = clockOf(t);
    await tell(reloader, clock, t);
    void reloader.reload({ waitMs: 60_000, config: false });
    t.equal(searches, before, 'not at once');
    clock.goOn();
    await until('it is looked for', () => searches > before);
  });
}
