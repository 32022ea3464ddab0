import t from 'tap';
import { createAnnounced } from '../../src/watch/announced.js';

t.test('what there is when somebody tells PostgREST is announced, and nothing else', async (t) => {
  let schema: string | undefined = 'one';
  const { heard, has } = createAnnounced(
    async () => ({ schema, isPartial: false, configuration: 'any' }),
    () => {},
  );
  t.notOk(has({ schema: 'one', isPartial: false, configuration: 'any' }));
  await heard();
  t.ok(has({ schema: 'one', isPartial: false, configuration: 'another' }));
  t.notOk(has({ schema: 'two', isPartial: false, configuration: 'any' }));
  schema = undefined;
  await heard();
  t.notOk(has({ schema: undefined, isPartial: false, configuration: 'any' }), 'what cannot be known');
  t.notOk(has({ schema: 'one', isPartial: false, configuration: 'any' }), 'what was before');
});

t.test('what cannot be read is told', async (t) => {
  const error = new Error('away');
  const errors: unknown[] = [];
  const { heard, has } = createAnnounced(
    () => Promise.reject(error),
    (each) => errors.push(each),
  );
  await heard();
  t.same(errors, [error]);
  t.notOk(has({ schema: 'one', isPartial: false, configuration: 'any' }));
});
