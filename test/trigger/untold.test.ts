import t from 'tap';
import { migration } from '../../src/trigger/migration.js';
import { cases, matters } from '../corpus/cases.js';
import { misses, ownWarnings, runCases } from '../corpus/run.js';
import { prepareServer } from '../corpus/server.js';
import { sandboxFor } from '../helper.js';

t.test('where nobody told the trigger the exposed schemas, it misses nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  const server = await prepareServer(t, sandbox.databaseUrl);
  const template = await server.addTemplate(migration.up);
  const outcomes = await runCases(server, template, cases.filter(matters));
  t.same(misses(outcomes), []);
  t.same(ownWarnings(outcomes), []);
});
