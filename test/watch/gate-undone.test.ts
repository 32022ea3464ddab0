import t from 'tap';
import { until } from '../helper.js';
import { addColumn, gatedSandbox, servedColumns, startKeeping, untilServed } from './service.js';

// Old versions lose notifications that come while they load: these are sent again after 1 s, then 2 s.
const slowMs = 10_000;

const sandbox = await gatedSandbox(t);
const { client, postgrestUrl } = sandbox;

t.test('a column that PostgREST may have loaded is gone when it was dropped at once', async (t) => {
  await startKeeping(t, sandbox);
  await untilServed(postgrestUrl, await addColumn(client), 2_000);
  for (let round = 0; round < 6; round++) {
    const column = await addColumn(client);
    // Every other time it is dropped before the gate has told of it.
    if (round % 2 === 0) await untilServed(postgrestUrl, column, slowMs);
    await client.query(`alter table organizations drop column ${column}`);
    const sign = await addColumn(client);
    await untilServed(postgrestUrl, sign, slowMs);
    t.notOk((await servedColumns(postgrestUrl)).includes(column));
  }
});

t.test('a change and its undoing in the middle of loads never leave it with what was between', async (t) => {
  await startKeeping(t, sandbox);
  await untilServed(postgrestUrl, await addColumn(client), 2_000);
  for (let round = 0; round < 6; round++) {
    // Its load may still be under way, and see what comes next.
    await addColumn(client);
    const column = await addColumn(client);
    await client.query(`alter table organizations drop column ${column}`);
    const isGone = async () => !(await servedColumns(postgrestUrl)).includes(column);
    await until('it is gone', isGone, slowMs);
  }
});
