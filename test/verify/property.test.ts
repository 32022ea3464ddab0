import fc from 'fast-check';
import t from 'tap';
import { anyChanges, anySchema } from '../property/arbitrary.js';
import { checkSchema } from '../property/check.js';
import { databases } from '../property/server.js';
import { isWhole } from '../support/lane.js';

// For many runs, or other ones.
const { PGRST_OPS_PROPERTY_RUNS: wanted, PGRST_OPS_PROPERTY_SEED: seedText = '1' } = process.env;
const seed = Number(seedText);
const numRuns = Number(wanted ?? (isWhole ? 60 : 6));

const what = 'whatever the schema: no finding in a fresh cache, and in a stale one those of what changed';

t.test(what, { timeout: 120_000 + numRuns * 10_000 }, async (t) => {
  const withDatabase = await databases(t);
  const property = fc.asyncProperty(anySchema, anyChanges, async (schema, changes) => {
    await withDatabase((url) => checkSchema(url, schema, changes));
  });
  const { failed, counterexamplePath, errorInstance } = await fc.check(property, { numRuns, seed });
  t.notOk(failed, `seed ${seed}, path ${counterexamplePath}: ${errorInstance}`);
});
