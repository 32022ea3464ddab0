import t from 'tap';
import { noModel, type Routine, routineKey } from '../../src/model/model.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import type { Plan } from '../../src/postgrest/plan-only.js';
import { probe } from '../../src/postgrest/probe.js';

const routine: Routine = {
  schema: 'public',
  name: 'add',
  parameters: [],
  returns: { type: { schema: 'pg_catalog', name: 'int4' }, isSet: false, isComposite: false, isCompositeAlias: false },
  volatility: 'stable',
  isVariadic: false,
  settings: new Map(),
  description: null,
};
const model = { ...noModel, routines: new Map([[routineKey(routine), routine]]) };

/** What is found missing of an instance that answers with `plan`. */
async function missingWith(plan: Plan): Promise<string[]> {
  const client = createPostgrestClient({});
  client.plan = { ...client.plan, routine: async () => plan };
  const { routines } = await probe(client, { url: 'http://127.0.0.1:3000' }, model, AbortSignal.timeout(30_000));
  return [...routines.missing];
}

const refused = (code: string): Plan => ({ isPlanned: false, code, message: '', details: '', hint: '' });

t.test('a function is missing where PostgREST says so', async (t) => {
  t.same(await missingWith({ isPlanned: true }), []);
  t.same(await missingWith(refused('PGRST202')), [routineKey(routine)]);
  t.same(await missingWith(refused('PGRST203')), [], 'several take it');
});

t.test('an answer that says nothing of it is an error', async (t) => {
  for (const code of ['', 'rate_limited', 'PGRST106']) {
    await t.rejects(missingWith(refused(code)), { code: 'unexpected_answer' });
  }
});
