import fc from 'fast-check';
import t from 'tap';
import { anyChanges, anySchema } from '../property/arbitrary.js';
import { checkSchema } from '../property/check.js';
import { databases } from '../property/server.js';

// For many runs, or other ones; a failure prints seed and path, and what to run in psql.
const { PGRST_OPS_PROPERTY_RUNS: runs, PGRST_OPS_PROPERTY_SEED: seed = '1' } = process.env;
const bounds = runs === undefined ? { numRuns: 25, interruptAfterTimeLimit: 18_000 } : { numRuns: Number(runs) };

t.test('whatever the schema: no finding in a fresh cache, and in a stale one those of what changed', async (t) => {
  const withDatabase = await databases(t);
  const property = fc.asyncProperty(anySchema, anyChanges, (schema, changes) =>
    withDatabase((url) => checkSchema(url, schema, changes)),
  );
  await fc.assert(property, { ...bounds, seed: Number(seed) });
  t.pass();
});
