import t from 'tap';
import { createPool } from '../../src/postgres/pool.js';
import { findListeners, listenedChannel } from '../../src/sessions/listeners.js';
import { connect } from '../helper.js';
import { databaseFor } from '../support/database.js';

t.test('the channel is read from the statement', async (t) => {
  const statements: [query: string, channel: string | undefined][] = [
    ['LISTEN "pgrst"', 'pgrst'],
    ['listen pgrst', 'pgrst'],
    ['  Listen  PGRST;', 'pgrst'],
    ['LISTEN "Other Channel"', 'Other Channel'],
    ['LISTEN "a""b"', 'a"b'],
    ['select 1 -- listen pgrst', undefined],
    ['unlisten pgrst', undefined],
    ['COMMIT', undefined],
    ['<insufficient privilege>', undefined],
  ];
  for (const [query, channel] of statements) t.equal(listenedChannel(query), channel, query);
});

t.test('listeners are found in the sessions of this database', async (t) => {
  const sandbox = await databaseFor(t);
  const pool = createPool(sandbox.databaseUrl, 1);
  t.teardown(() => pool.end());
  const other = await connect(t, sandbox.databaseUrl);
  await other.query('listen "Other"');
  t.match(await findListeners(pool, 'pgrst'), {
    listening: [{ applicationName: 'PostgREST 12.0.2', channel: 'pgrst' }],
    elsewhere: [{ channel: 'Other' }],
    complete: true,
  });
});
