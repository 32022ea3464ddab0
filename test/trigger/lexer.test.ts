import fc from 'fast-check';
import t from 'tap';
import { tokensOf } from '../../src/trigger/lexer.js';

const read = (source: string) => tokensOf(source).map(({ kind, value }) => `${kind} ${value}`);

t.test('words fold to lower case, quoted names and strings do not', async (t) => {
  t.same(read('NOTIFY Pgrst'), ['word notify', 'word pgrst']);
  t.same(read('notify "PgRST"'), ['word notify', 'name PgRST']);
  t.same(read('"a ""b"" c"'), ['name a "b" c']);
  t.same(read("pg_notify('PGRST', v_1)"), [
    'word pg_notify',
    'symbol (',
    'string PGRST',
    'symbol ,',
    'word v_1',
    'symbol )',
  ]);
  t.same(read('ÄB'), ['word Äb'], 'only letters of ASCII');
});

t.test('what stands in a string or comment is no token', async (t) => {
  t.same(read("'notify ''pgrst'' -- no' x"), ["string notify 'pgrst' -- no", 'word x']);
  t.same(read("-- it's notify\nx"), ['word x']);
  t.same(read('/* a /* notify */ notify */ x /* unclosed'), ['word x']);
  t.same(read('$$ notify $a$ pgrst $$ x'), ['string  notify $a$ pgrst ', 'word x']);
  t.same(read('$a$ $$ notify $$ $a$x'), ['string  $$ notify $$ ', 'word x']);
  t.same(read("'a'\n  'b' 'c'"), ['string ab', 'string c'], 'joined across a line break');
});

t.test('escapes are read as PostgreSQL does', async (t) => {
  t.same(read(String.raw`E'a\'b\n\x41\101\u0042\U00000043''\\'`), ["string a'b\nAABC'\\"]);
  t.same(read(String.raw`U&'\0070grst\\' U&"\+000050GRST"`), ['string pgrst\\', 'name PGRST']);
  t.same(read(String.raw`'a\' x`), ['string a\\', 'word x']);
  t.same(read(String.raw`e'\U7fffffff'`), ['string \ufffd']);
  t.same(
    tokensOf(`'a' E'a' U&'a' $$a$$`).map(({ isPlain }) => isPlain),
    [true, false, false, true],
  );
});

t.test('names with dollars, parameters, numbers and operators', async (t) => {
  t.same(read('a$b := $1 || 1.5e3::text'), [
    'word a$b',
    'symbol :=',
    'symbol $',
    'number 1',
    'symbol ||',
    'number 1.5e3',
    'symbol ::',
    'word text',
  ]);
});

t.test('any text is read to its end', async () => {
  const piece = fc.constantFrom("'", '"', '$$', '$a$', '--', '/*', '*/', '\\', 'E', 'U&', '\n', 'notify', ';', ' ');
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      const tokens = tokensOf(source);
      return tokens.every(({ start, end }, index) => end > start && start >= (tokens[index - 1]?.end ?? 0));
    }),
  );
});
