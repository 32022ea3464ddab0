// `npm run bench:trigger` measures what the trigger costs, and what it sends for nothing, beside no trigger and those of
// others. It takes minutes, and wants a machine that does nothing else.
import t, { type Test } from 'tap';
import { cases } from '../test/corpus/cases.js';
import { misses, needless, runCases, tellRoleInDatabase } from '../test/corpus/run.js';
import { prepareServer } from '../test/corpus/server.js';
import { sandboxFor } from '../test/helper.js';
import { connect } from './connect.js';
import { inRounds, type Series, summarise } from './rounds.js';
import { makeVariants, triggers } from './variants.js';
import { migrationOf, oneByOne, statements, temporary } from './workloads.js';

t.test('with fsync on', async (t) => {
  const sandbox = await sandboxFor(t, { postgresSettings: { fsync: 'on' } });
  const { databaseUrl, variants } = await makeVariants(t, sandbox.databaseUrl);

  const connections = 8;
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(t, databaseUrl)));
  for (const [name, make] of Object.entries(temporary)) {
    const count = 5;
    const everywhere = (sql: string) => Promise.all(clients.map((client) => client.query(sql)));
    const series = await inRounds(
      100,
      variants,
      () => everywhere(make(1)),
      () => everywhere(make(count)),
    );
    report(t, `temporary table, ${name}, ${connections} connections, fsync on`, series, connections * count, 1.05);
  }

  const client = await connect(t, databaseUrl);
  for (const [name, statement] of Object.entries(statements)) {
    const count = 5;
    const run = oneByOne(client, statement);
    const series = await inRounds(
      100,
      variants,
      () => run(1),
      () => run(count),
    );
    report(t, `${name}, fsync on`, series, count, 1.25);
  }
});

t.test('with fsync off', async (t) => {
  const sandbox = await sandboxFor(t);
  const { databaseUrl, variants } = await makeVariants(t, sandbox.databaseUrl);
  const client = await connect(t, databaseUrl);
  for (const name of ['alter table add column', 'create or replace function'] as const) {
    const count = 10;
    const run = oneByOne(client, statements[name]);
    const series = await inRounds(
      150,
      variants,
      () => run(1),
      () => run(count),
    );
    report(t, `${name}, fsync off`, series, count, 2);
  }

  const length = 2000;
  const sql = migrationOf(length);
  const series = await inRounds(
    20,
    variants,
    () => client.query(migrationOf(50)),
    () => client.query(sql),
  );
  report(t, `statement of a transaction of ${length}, fsync off`, series, length, 1.1);

  const listener = await connect(t, databaseUrl);
  await listener.query('listen pgrst');
  for (const { name, switchOn } of variants) {
    let heard = 0;
    const hear = () => heard++;
    await switchOn();
    listener.on('notification', hear);
    await client.query(sql);
    // What was sent before this is delivered before its answer.
    await listener.query('select 1');
    listener.off('notification', hear);
    t.comment(`  ${name.padEnd(12)}${heard} notifications`);
    if (name === 'ours') t.equal(heard, 1);
  }
});

t.test('on the corpus', async (t) => {
  const { databaseUrl } = await sandboxFor(t);
  const server = await prepareServer(t, databaseUrl);
  for (const [name, sql] of Object.entries(triggers)) {
    const outcomes = await runCases(server, await server.addTemplate(sql), cases, tellRoleInDatabase);
    const figures = `${misses(outcomes).length} misses, ${needless(outcomes).length} needless`;
    t.comment(`  ${name.padEnd(12)}${figures} in ${outcomes.length} cases`);
  }
});

/**
 * Prints what one of `count` took under each variant: the median, and the median and quartiles of its ratio to none.
 * Fails if ours took more than `bound` times as long as none.
 */
function report(t: Test, title: string, series: readonly Series[], count: number, bound: number): void {
  t.comment(title);
  for (const { name, median, ratio } of summarise(series)) {
    const [lower, middle, upper] = [ratio.lower, ratio.median, ratio.upper].map((value) => value.toFixed(2));
    t.comment(`  ${name.padEnd(12)}${(median / count).toFixed(3).padStart(8)} ms  x${middle} [${lower} - ${upper}]`);
    if (name === 'ours') t.ok(ratio.median <= bound, `ours takes at most ${bound} times as long as none`);
  }
}
