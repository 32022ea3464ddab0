import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { deadlinesOf } from '../deadlines.js';
import { appOn, connect, post, sandboxFor, serve, servicesOf, until } from '../helper.js';
import { clockOf } from './clock-of.js';

type App = Awaited<ReturnType<typeof appOn>>;

const copies = 3;
const callsEach = 100;
/** Of the calls, and of nothing else. */
const waitSeconds = 123;

/** Copies that hear each other. `reload` calls each of them so many times, and all come before any of them notifies. */
async function copiesOn(t: Test, apps: readonly App[]) {
  const deadlines = deadlinesOf(t, waitSeconds);
  const clock = clockOf(t);
  const caughtUp = new Map(apps.map((app) => [app, 0]));
  for (const app of apps) {
    const { listener } = servicesOf(app);
    const { catchUp } = listener;
    listener.catchUp = async () => {
      const isCaughtUp = await catchUp();
      caughtUp.set(app, (caughtUp.get(app) ?? 0) + 1);
      return isCaughtUp;
    };
    await serve(app);
    await until('it listens', () => listener.listeningSince() !== undefined);
  }
  /** Whatever is heard from then on was sent after all that have called had come. */
  const haveCaughtUp = async () => {
    const before = new Map(caughtUp);
    // One may have begun before.
    const hasCaughtUp = (app: App) => (caughtUp.get(app) ?? 0) >= (before.get(app) ?? 0) + 2;
    await until('they have caught up', () => apps.every(hasCaughtUp));
  };
  const reload = async (times: number) => {
    clock.stop();
    const call = (app: App) => app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: waitSeconds } });
    const calls = apps.flatMap((app) => Array.from({ length: times }, () => call(app)));
    const answers = Promise.all(calls);
    await until('all have come', () => deadlines.waiting() === calls.length);
    clock.pass(1);
    await haveCaughtUp();
    clock.goOn();
    return { answers };
  };
  return { clock, deadlines, reload };
}

t.test('several copies of the service share notifications, and every caller gets a true answer', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const listener = await connect(t, sandbox.databaseUrl);
  const payloads: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => payloads.push(payload));
  await listener.query('listen pgrst');
  const apps = await Promise.all(Array.from({ length: copies }, () => appOn(t, sandbox)));
  const { reload } = await copiesOn(t, apps);
  for (let round = 0; round < 3; round++) {
    payloads.length = 0;
    await database.query(`alter table organizations add column copy_${round} int`);
    const { answers } = await reload(callsEach);
    t.ok((await answers).every(({ statusCode }) => statusCode === 200));
    const row = { name: 'Initech', [`copy_${round}`]: round };
    t.match(await post(`${sandbox.postgrestUrl}/organizations`, row), { status: 201 });
    await listener.query('select 1');
    t.ok(payloads.length >= 1 && payloads.length <= 2, `${payloads.length} notifications`);
  }
});

t.test('copies that wait for an instance that answers nothing repeat the notification together', async (t) => {
  const sandbox = await sandboxFor(t);
  const listener = await connect(t, sandbox.databaseUrl);
  let notifications = 0;
  listener.on('notification', () => notifications++);
  await listener.query('listen pgrst');
  const hung = await Promise.all(Array.from({ length: copies }, () => hungInstance(t)));
  const apps = await Promise.all(
    hung.map(({ url }) => appOn(t, sandbox, { POSTGREST_URLS: `${sandbox.postgrestUrl},${url}` })),
  );
  const { clock, deadlines, reload } = await copiesOn(t, apps);
  const { answers } = await reload(1);
  await until('it is repeated', () => notifications > 1);
  // It is not due again for any of them that has heard of that, however long they look.
  clock.stop();
  const before = hung.map(({ questions }) => questions());
  const haveLooked = () => hung.every(({ questions }, copy) => questions() >= (before[copy] ?? 0) + 3);
  await until('all have looked again', haveLooked);
  deadlines.pass();
  t.same(
    (await answers).map(({ statusCode }) => statusCode),
    [504, 504, 504],
  );
  await listener.query('select 1');
  t.ok(notifications > 1 && notifications <= 2, `${notifications} notifications`);
});

/** Takes questions, and answers none. */
async function hungInstance(t: Test): Promise<{ url: string; questions(): number }> {
  let questions = 0;
  const server = createServer(() => questions++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, questions: () => questions };
}
