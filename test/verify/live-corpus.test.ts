import t from 'tap';
import { runsOn } from '../corpus/cases.js';
import { laneCases } from '../corpus/chosen.js';
import { createLive, type LiveFound } from '../corpus/live.js';
import { prepareServer } from '../corpus/server.js';
import { unseen } from '../corpus/unseen.js';
import { sandboxFor } from '../helper.js';

// What PostgREST has not taken up of its configuration is found without these sources.
const comparable = laneCases.filter(({ group }) => group !== 'config');
const changing = new Set(comparable.filter(({ changesCache }) => changesCache).map(({ id }) => id));

t.test('a stale PostgREST shows through its public API what the coverage claims', { timeout: 900_000 }, async (t) => {
  const sandbox = await sandboxFor(t);
  const server = await prepareServer(t, sandbox.databaseUrl);
  const queue = comparable.filter((item) => runsOn(server.version, item)).values();
  const found: LiveFound[] = [];
  const work = async () => {
    const run = await createLive(t, sandbox, await server.addTemplate(''));
    for (const item of queue) found.push(await run(item));
  };
  await Promise.all([work(), work()]);

  const alarms = found.flatMap(({ id, before, reloaded }) => {
    const all = [...before.openapi, ...before.probe, ...reloaded.openapi, ...reloaded.probe];
    return all.map((finding) => `${id}: ${finding}`);
  });
  t.same(alarms, [], 'a cache that has just been loaded gives no finding');

  const idle = found.filter(({ id }) => !changing.has(id));
  const needless = idle.flatMap(({ stale }) => [...stale.openapi, ...stale.probe]);
  t.same(needless, [], 'a finding where nothing changed');

  const changed = found.filter(({ id }) => changing.has(id));
  for (const source of ['openapi', 'probe'] as const) {
    const silent = changed.filter(({ stale }) => stale[source].length === 0).map(({ id }) => id);
    const expected = changed.map(({ id }) => id).filter((id) => unseen[source].has(id));
    t.same(silent.sort(), expected.sort(), `${source} shows all but what it does not cover`);
  }
});
