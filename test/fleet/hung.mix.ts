import t from 'tap';
import { appOn, until } from '../helper.js';
import {
  fourOn,
  freezeIdle,
  kill,
  migrate,
  notificationsOn,
  reload,
  reloadInVain,
  seen,
  serves,
  startAgain,
  urlsOf,
} from './four.js';

for (const schemas of [undefined, 'public']) {
  t.test(`one hangs, the schemas ${schemas === undefined ? 'asked for' : 'configured'}`, async (t) => {
    const four = await fourOn(t);
    const [, , , hung] = four.instances;
    const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances), PGRST_DB_SCHEMAS: schemas });
    await seen(app, []);
    process.kill(hung.pid, 'SIGSTOP');
    t.match((await app.inject('/schema/instances')).json().instances[3], { error: { code: 'timeout' } });
    await migrate(four);
    const answer = await reloadInVain(app, [hung]);
    t.match(answer, { status: 504, instances: [{}, {}, {}, { url: hung.url, error: { code: 'timeout' } }] });
    t.same(answer.laggards, [hung.url]);
    await serves(t, four.instances.slice(0, 3));

    const notifications = await notificationsOn(t, four.sandbox.databaseUrl);
    const later = reload(app, 60);
    await until('the reload is under way', () => notifications() > 0);
    process.kill(hung.pid, 'SIGCONT');
    t.match(await later, { status: 200 });
    await serves(t, four.instances);
  });
}

t.test('one is started again while a reload waits', async (t) => {
  const four = await fourOn(t);
  const [first, second, third, last] = four.instances;
  const app = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf(four.instances) });
  const others = await appOn(t, four.sandbox, { POSTGREST_URLS: urlsOf([first, second, third]) });
  await seen(app, []);
  const notifications = await notificationsOn(t, four.sandbox.databaseUrl);
  await freezeIdle(four.database, [last]);
  await migrate(four);
  const answer = reload(app, 60);
  await until('the reload is under way', () => notifications() > 0);
  await kill(last);
  t.equal((await reload(others, 60)).status, 200);
  await startAgain(four, last);
  t.match(await answer, { status: 200, outcome: 'fresh' });
  await serves(t, four.instances);
  await seen(app, []);
});
