import t from 'tap';
import { groupBy } from '../../src/lib/maps.js';
import { cases, moreCases } from './cases.js';
import { chosenIds } from './chosen.js';

t.test('every chosen case exists, once', async (t) => {
  const all = [...cases, ...moreCases].map(({ id }) => id);
  t.same(
    chosenIds.filter((id) => !all.includes(id)),
    [],
  );
  t.equal(new Set(chosenIds).size, chosenIds.length);
});

t.test('at least two of each group are chosen', async (t) => {
  for (const corpus of [cases, moreCases]) {
    for (const [group, members] of groupBy(corpus, ({ group }) => group)) {
      const chosen = members.filter(({ id }) => chosenIds.includes(id));
      t.ok(chosen.length >= 2, `${group}: ${chosen.length}`);
    }
  }
});
