import t from 'tap';
import { until } from '../helper.js';
import { proxyFor } from '../proxy.js';
import {
  addColumn,
  gatedSandbox,
  listenTo,
  startKeeping,
  startPair,
  startService,
  untilFree,
  untilServed,
} from './service.js';

const sandbox = await gatedSandbox(t);
const { client, databaseUrl, postgrestUrl } = sandbox;

t.test('one that is frozen is replaced, and notices later', async (t) => {
  const [first, standby] = await startPair(t, sandbox);
  first.process.kill('SIGSTOP');
  const missed = await addColumn(client);
  await until('the other keeps the gate', () => standby.elections() === 1);
  await untilServed(postgrestUrl, missed);

  await standby.kill();
  await untilFree(client);
  const { heard, settle } = await listenTo(t, databaseUrl);
  const direct = await addColumn(client);
  await settle();
  t.same(heard, ['reload schema']);
  await untilServed(postgrestUrl, direct);

  const next = await startKeeping(t, sandbox);
  first.process.kill('SIGCONT');
  await until('it notices', () => first.losses() === 1);
  t.equal(first.elections(), 1);
  await next.kill();
  await until('it is elected again', () => first.elections() === 2);
});

t.test('one that is cut off is replaced, and notices', async (t) => {
  const network = await proxyFor(t, databaseUrl);
  const first = await startKeeping(t, sandbox, { DATABASE_URL: network.url });
  const standby = await startService(t, sandbox);
  network.cut();
  const missed = await addColumn(client);
  await until('the other keeps the gate', () => standby.elections() === 1);
  await untilServed(postgrestUrl, missed);
  await until('it notices', () => first.losses() === 1);

  await standby.kill();
  await untilFree(client);
  await untilServed(postgrestUrl, await addColumn(client));
  network.mend();
  await until('it is elected again', () => first.elections() === 2);
  await untilServed(postgrestUrl, await addColumn(client));
});
