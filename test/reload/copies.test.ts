import t from 'tap';
import { appOn, connect, hungInstance, post, sandboxFor, serve, until } from '../helper.js';

const copies = 3;
const callsEach = 100;

t.test('several copies of the service share notifications, and every caller gets a true answer', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const listener = await connect(t, sandbox.databaseUrl);
  const payloads: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => payloads.push(payload));
  await listener.query('listen pgrst');
  const apps = await Promise.all(Array.from({ length: copies }, () => appOn(t, sandbox)));
  for (const app of apps) {
    await serve(app);
    await until('it listens', () => app.ear.listeningSince() !== undefined);
  }
  for (let round = 0; round < 3; round++) {
    payloads.length = 0;
    await database.query(`alter table organizations add column copy_${round} int`);
    const calls = apps.flatMap((app) => Array.from({ length: callsEach }, () => reload(app)));
    t.ok((await Promise.all(calls)).every((status) => status === 200));
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
  const urls = `${sandbox.postgrestUrl},${await hungInstance(t)}`;
  const apps = await Promise.all(Array.from({ length: copies }, () => appOn(t, sandbox, { POSTGREST_URLS: urls })));
  for (const app of apps) {
    await serve(app);
    await until('it listens', () => app.ear.listeningSince() !== undefined);
  }
  const wait = () => apps.map((app) => app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 4 } }));
  const answers = await Promise.all(wait());
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [504, 504, 504],
  );
  await listener.query('select 1');
  t.ok(notifications > 1 && notifications <= 2, `${notifications} notifications`);
});

async function reload(app: Awaited<ReturnType<typeof appOn>>): Promise<number> {
  return (await app.inject({ method: 'POST', url: '/schema/reload' })).statusCode;
}
