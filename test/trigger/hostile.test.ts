import fc from 'fast-check';
import t from 'tap';
import { Budget } from '../../src/trigger/budget.js';
import { readSource } from '../../src/trigger/notifications.js';

const unread = [{ channels: undefined, payloads: undefined, isCertain: false, text: /too long or too involved/ }];
const count = (size: number, piece: (index: number) => string) =>
  Array.from({ length: size }, (_, i) => piece(i)).join('');

/** What a source of few rights may hold, whether it can be read, and whether it may notify then. */
const hostile: [title: string, source: string, answer: 'silent' | 'open' | 'unread'][] = [
  ['calls in calls', 'a('.repeat(20_000), 'silent'],
  ['calls of pg_notify in each other', 'pg_notify('.repeat(4_900), 'open'],
  ['closed ones', `${'pg_notify(x, '.repeat(3_000)}${')'.repeat(3_000)}`, 'unread'],
  ['EXECUTE without an end', 'execute a '.repeat(5_000), 'open'],
  ['EXECUTE of one text without an end', `execute 'alter' || `.repeat(2_600), 'unread'],
  [
    'variables that hold each other',
    `${count(12, (i) => count(12, (j) => (i === j ? '' : `v${i} := v${j}; `)))}execute v0;`,
    'open',
  ],
  ['a chain of variables', `${count(3_000, (i) => `v${i} := v${i + 1}; `)}v3000 := 'select 1'; execute v0;`, 'silent'],
  ['a chain that is executed everywhere', count(1_500, (i) => `v${i} := v${i + 1}; execute v${i}; `), 'unread'],
  ['one variable with many values', `${"v := 'select 1'; ".repeat(1_500)}${'execute v; '.repeat(1_500)}`, 'unread'],
  ['strings executed in strings', count(2_500, (i) => `execute $a${i}$ `), 'unread'],
  ['a list without an end', `into ${'a, '.repeat(16_000)}`, 'silent'],
  ['line breaks behind a string', `'a'${'\n'.repeat(49_000)}-- x\n'b'`, 'silent'],
  ['parentheses', '('.repeat(25_000) + ')'.repeat(25_000), 'silent'],
  ['EXECUTE of parentheses', `execute ${'('.repeat(49_000)}`, 'open'],
  ['comments in comments', '/*'.repeat(25_000), 'silent'],
  ['more than is read', `${' '.repeat(50_000)}a`, 'unread'],
];

for (const [title, source, answer] of hostile) {
  t.test(`${title}: the reading ends`, async (t) => {
    const { sendings } = readSource(source);
    if (answer === 'unread') return t.match(sendings, unread);
    t.equal(
      sendings.some(({ isCertain, channels }) => !isCertain && channels === undefined),
      answer === 'open',
    );
    t.notOk(
      sendings.some(({ text }) => /too long/.test(text)),
      'it is read',
    );
  });
}

t.test('twice the source takes at most twice the steps', async (t) => {
  const stepsFor = (source: string) => {
    const budget = new Budget(1_000_000);
    readSource(source, budget);
    return 1_000_000 - budget.left;
  };
  for (const piece of ['a(', 'execute a ', 'pg_notify(a, ', 'v := v; ', 'execute v; ', "'a' ", 'a, ', '($a$ ']) {
    t.ok(stepsFor(piece.repeat(2_000)) <= 2 * stepsFor(piece.repeat(1_000)), piece);
  }
});

t.test('what a budget has no steps for may notify', async (t) => {
  t.match(readSource('select 1', new Budget(8)), { sendings: unread, calls: [] });
  t.same(readSource('select 1', new Budget(9)), { sendings: [], calls: [] });
});

t.test('garbage of any kind is read within its budget, and never throws', async () => {
  const piece = fc.constantFrom(
    ...['execute ', 'notify a', 'pg_notify(', 'format(', 'f(', '(', ')', ',', ';', ':= ', 'v ', 'w ', '|| ', 'into '],
    ...[
      "'notify a'",
      "'select %I()'",
      "'do '",
      'do ',
      "E'\\",
      "'",
      '"',
      '$$',
      '$a$',
      '/*',
      '*/',
      '--',
      '\n',
      '.',
      '::',
    ],
  );
  const pieces = fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 60 });
  const text = fc.tuple(pieces, fc.integer({ min: 1, max: 30 })).map(([all, times]) => all.join('').repeat(times));
  const isRead = (source: string) => readSource(source).sendings.every(({ text }) => text.length < 200);
  fc.assert(fc.property(text, isRead), { seed: 20_261, numRuns: 300 });
});
