import fc from 'fast-check';
import t from 'tap';
import { readSource } from '../../src/trigger/notifications.js';

t.test('variables that hold each other leave open what runs', async (t) => {
  t.match(readSource('q := r; r := q; execute q;').sendings, [{ channels: undefined, isCertain: false }]);
  t.match(readSource('q := q; execute q;').sendings, [{ channels: undefined }]);
});

t.test('any text is read to its end', async () => {
  const piece = fc.constantFrom(
    ...['execute ', 'notify ', 'pg_notify(', 'f(', ')', ',', ';', ':=', 'q ', 'r ', "'notify a'", "'", '$$', 'into '],
    ...['begin ', '.', 'format(', '::', '"'],
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  fc.assert(fc.property(text, (source) => Array.isArray(readSource(source).sendings)));
});
