import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import t from 'tap';
import { anyChanges, anySchema } from '../property/arbitrary.js';
import { checkSchema } from '../property/check.js';
import { databases } from '../property/server.js';

// For many runs, or other ones.
const { PGRST_OPS_PROPERTY_RUNS: wanted, PGRST_OPS_PROPERTY_SEED: seedText = '1' } = process.env;
const seed = Number(seedText);
const numRuns = Number(wanted ?? 25);
const limitMs = wanted === undefined ? 18_000 : Number.POSITIVE_INFINITY;

const what = 'whatever the schema: no finding in a fresh cache, and in a stale one those of what changed';

t.test(what, { timeout: 120_000 + numRuns * 10_000 }, async (t) => {
  const withDatabase = await databases(t);
  const deadline = performance.now() + limitMs;
  let runs = 0;
  const property = fc.asyncProperty(anySchema, anyChanges, async (schema, changes) => {
    // What is past the limit counts as passed, so that neither runs nor shrinking take longer.
    if (performance.now() > deadline) return;
    runs++;
    await withDatabase((url) => checkSchema(url, schema, changes));
  });
  const { failed, counterexamplePath, errorInstance } = await fc.check(property, { numRuns, seed });
  t.comment(`seed ${seed}, ${runs} runs`);
  t.notOk(failed, `seed ${seed}, path ${counterexamplePath}: ${errorInstance}`);
});
