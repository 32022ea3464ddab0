import t from 'tap';
import { parseIdentifier, qualify, quoteIdentifier } from '../../src/model/identifier.js';
import { connect } from '../helper.js';
import { databaseUrlFor } from '../support/database.js';

const odd = [
  'a',
  'A',
  'a b',
  'a.b',
  'a"b',
  '"',
  '.',
  'ünï',
  '1a',
  'a1$',
  '_x',
  '$a',
  'columns',
  'user',
  'a\nb',
  '%',
  '/',
];

t.test('identifiers are quoted as PostgreSQL quotes them', async (t) => {
  const database = await connect(t, await databaseUrlFor(t));
  const { rows } = await database.query<{ name: string; quoted: string }>(
    `select name, quote_ident(name) as quoted
     from (select word from pg_get_keywords() union select unnest($1::text[])) as names (name)`,
    [odd],
  );
  t.ok(rows.length > 400);
  const different = rows.filter(({ name, quoted }) => quoteIdentifier(name) !== quoted);
  t.same(different, []);
});

t.test('what is qualified is parsed back', async (t) => {
  for (const one of odd) {
    for (const other of odd) t.same(parseIdentifier(qualify(one, other, 'c')), [one, other, 'c']);
  }
});

t.test('names need no quotes where they hold no dot and no quote', async (t) => {
  t.same(parseIdentifier('public.Mixed Case.createdBy'), ['public', 'Mixed Case', 'createdBy']);
});

t.test('what is no identifier is refused', async (t) => {
  for (const text of ['', '.', 'a.', '.a', 'a..b', '"a', 'a"', '"a"b', '""', 'a.""']) {
    t.equal(parseIdentifier(text), undefined, JSON.stringify(text));
  }
});
