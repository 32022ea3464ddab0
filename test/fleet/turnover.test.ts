import t from 'tap';
import { createTurnover } from '../../src/fleet/turnover.js';
import type { Listener } from '../../src/sessions/listeners.js';
import { appOn, connect, until } from '../helper.js';
import { databaseFor } from '../support/database.js';

const listener = (pid: number, clientAddress = '10.0.0.5'): Listener => ({
  ...{ role: 'authenticator', applicationName: 'PostgREST 16.2', channel: 'pgrst' },
  ...{ pid, clientAddress, connectedAt: new Date(pid) },
});

t.test('a listener that is replaced again and again is told, one that stays or was deployed anew is not', (t) => {
  let at = 0;
  const turnover = createTurnover(() => at);
  const look = (...listening: Listener[]) => {
    at += 60_000;
    return turnover.saw(listening);
  };
  const other = listener(99, '10.0.0.6');
  t.same(look(listener(1), other), []);
  t.same(look(listener(2), other), []);
  t.same(look(listener(3), other), [], 'two deployments');
  t.same(look(listener(4), other), [{ applicationName: 'PostgREST', clientAddress: '10.0.0.5', ended: 3 }]);
  t.same(look(other), [{ applicationName: 'PostgREST', clientAddress: '10.0.0.5', ended: 4 }], 'also while away');
  for (let minute = 0; minute < 9; minute++) look(listener(5), other);
  t.same(look(listener(5), other), [], 'one that stays is told no more');
  t.end();
});

t.test('three that look alike may all be deployed twice', (t) => {
  let at = 0;
  const turnover = createTurnover(() => at++);
  const three = (first: number) => [listener(first), listener(first + 1), listener(first + 2)];
  t.same(turnover.saw(three(1)), []);
  t.same(turnover.saw(three(11)), []);
  t.same(turnover.saw(three(21)), []);
  t.match(turnover.saw(three(31)), [{ ended: 9 }]);
  t.end();
});

t.test('an upgrade, and fewer of them than before, are ordinary', (t) => {
  let at = 0;
  const turnover = createTurnover(() => at++);
  const four = [1, 2, 3, 4].map((pid) => listener(pid));
  t.same(turnover.saw(four), []);
  t.same(turnover.saw(four.slice(0, 1)), [], 'scaled down');
  const upgraded = [5, 6, 7, 8].map((pid) => ({ ...listener(pid), applicationName: 'PostgREST 17.0' }));
  t.same(turnover.saw(upgraded), []);
  t.end();
});

t.test('/health and /schema/instances name it', async (t) => {
  const database = await databaseFor(t);
  const client = await connect(t, database.databaseUrl);
  const app = await appOn(t, database);
  const problems = async () => (await app.inject('/schema/instances')).json().problems;
  const pid = async () => (await app.inject('/schema/instances')).json().instances[0].listener?.pid;
  for (let round = 0; round < 4; round++) {
    let own: number | undefined;
    await until('it listens', async () => {
      own = await pid();
      return own !== undefined;
    });
    await client.query('select pg_terminate_backend($1)', [own]);
    await until('it is another', async () => (await pid()) !== own);
  }
  await until('it listens', async () => (await pid()) !== undefined);
  t.match(await problems(), [{ code: 'listener_comes_and_goes', detail: /^PostgREST from 127\.0\.0\.1: \d/ }]);
  const isTold = async () => {
    const [check] = (await app.inject('/health')).json().checks.listeners;
    return check.status === 'warn' && /sessions that listened ended/.test(check.output);
  };
  await until('health tells it', isTold);
});
