import t from 'tap';
import { coalesce } from '../../src/lib/coalesce.js';

/** A run of which the test says when it ends. */
function controlled() {
  const runs: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
  const run = coalesce(() => new Promise<number>((resolve, reject) => runs.push({ resolve, reject })));
  return { run, runs };
}

t.test('one runs at a time, and who comes while it runs shares the next', async (t) => {
  const { run, runs } = controlled();
  const first = run();
  const [second, third] = [run(), run()];
  t.equal(runs.length, 1);
  runs[0]?.resolve(1);
  t.equal(await first, 1);
  t.equal(runs.length, 2);
  const fourth = run();
  runs[1]?.resolve(2);
  t.same(await Promise.all([second, third]), [2, 2]);
  t.equal(runs.length, 3);
  runs[2]?.resolve(3);
  t.equal(await fourth, 3);
  const fifth = run();
  t.equal(runs.length, 4);
  runs[3]?.resolve(4);
  t.equal(await fifth, 4);
});

t.test('a run that fails fails for its own callers only', async (t) => {
  const { run, runs } = controlled();
  const first = run();
  const second = run();
  runs[0]?.reject(new Error('broken'));
  await t.rejects(first, { message: 'broken' });
  runs[1]?.resolve(2);
  t.equal(await second, 2);
});
