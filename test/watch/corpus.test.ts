import t from 'tap';
import { migration } from '../../src/trigger/migration.js';
import { type Case, matters } from '../corpus/cases.js';
import { laneCases } from '../corpus/chosen.js';
import { keep } from '../corpus/keep.js';
import { mapCases } from '../corpus/map.js';
import { prepareServer } from '../corpus/server.js';
import { sandboxFor } from '../helper.js';

// What an event trigger tells of is not to be found by the watch.
const intervalOf = (item: Case) => (matters(item) && item.visibleToEventTriggers ? 600_000 : 200);

t.test('while the gate is kept nothing is missed, and nothing is needless', { timeout: 900_000 }, async (t) => {
  const sandbox = await sandboxFor(t);
  const server = await prepareServer(t, sandbox.databaseUrl);
  const template = await server.addTemplate(migration.up);
  const kept = await mapCases(server, laneCases, (item) =>
    server.withCopy(template, async (url) => keep(url, item, intervalOf(item), matters(item))),
  );
  const idsOf = (found: typeof kept) => found.map(({ case: { id } }) => id);
  t.same(idsOf(kept.filter(({ case: item, payloads }) => !matters(item) && payloads.length > 0)), [], 'needless');
  t.same(
    idsOf(kept.filter(({ case: item, payloads }) => item.changesCache && !payloads.includes('reload schema'))),
    [],
    'the cache would be stale',
  );
  t.same(
    idsOf(kept.filter(({ case: item, payloads }) => item.changesConfig && !payloads.includes('reload config'))),
    [],
    'the configuration would be stale',
  );
});
