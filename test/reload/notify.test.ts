import t from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { notifyAlone } from '../../src/reload/notify.js';
import { connect, sandboxFor, until } from '../helper.js';

t.test('what is not due any more is not sent, and keeps nobody from it', async (t) => {
  const { databaseUrl } = await sandboxFor(t);
  const pool = createPool(databaseUrl, 2);
  t.teardown(() => pool.end());
  const listener = await connect(t, databaseUrl);
  const payloads: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => payloads.push(payload));
  await listener.query('listen pgrst');
  const send = (isDue: () => Promise<boolean>) => notifyAlone(pool, 'pgrst', ['reload schema'], isDue);
  t.equal(await send(async () => false), undefined);
  await t.rejects(
    send(() => Promise.reject(new Error('away'))),
    { message: 'away' },
  );
  t.match(await send(async () => true), { listening: Array });
  await until('it is heard', () => payloads.length > 0);
  t.same(payloads, ['reload schema']);
});
