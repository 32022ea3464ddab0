import t from 'tap';
import { findToken, includesScope, parseTokens, scopes } from '../src/tokens.js';

const long = 'x'.repeat(16);

t.test('a list is comma- or line-separated, with room around its entries', async (t) => {
  const list = `\n ci:reload:${long}-1 ,\r\nmonitor:read:${long}-2\n\nadmin:manage:${long}-3,`;
  t.strictSame(
    parseTokens(list).map(({ name, scope }) => ({ name, scope })),
    [
      { name: 'ci', scope: 'reload' },
      { name: 'monitor', scope: 'read' },
      { name: 'admin', scope: 'manage' },
    ],
  );
});

t.test('a list without any entry is refused, so that a lost secret opens nothing', async (t) => {
  for (const list of ['', ' ,\n']) t.throws(() => parseTokens(list), { message: /^no entry/ });
});

t.test('each of several tokens is found, and nothing that only resembles one', async (t) => {
  const tokens = parseTokens(`first:read:${long}a,second:reload:${long}b,third:manage:${long}c`);
  const found = (presented: string) => findToken(tokens, presented)?.name;
  t.equal(found(`${long}a`), 'first');
  t.equal(found(`${long}b`), 'second');
  t.equal(found(`${long}c`), 'third');
  for (const presented of [
    '',
    long,
    `${long}d`,
    `${long}aa`,
    `${long}A`,
    ` ${long}a`,
    'first',
    `first:read:${long}a`,
  ]) {
    t.equal(found(presented), undefined, `"${presented}" is nobody's token`);
  }
});

t.test('a token may hold colons and equals signs', async (t) => {
  const tokens = parseTokens('ci:read:a:b:c==');
  t.match(findToken(tokens, 'a:b:c=='), { name: 'ci', scope: 'read' });
  t.equal(findToken(tokens, 'a'), undefined);
});

t.test('a token itself is not kept', async (t) => {
  t.notMatch(JSON.stringify(parseTokens(`ci:read:${long}`)), long);
});

t.test('a token of less than 16 characters is weak', async (t) => {
  t.strictSame(
    parseTokens(`short:read:${'x'.repeat(15)},long:read:${long}`).map(({ isWeak }) => isWeak),
    [true, false],
  );
});

t.test('each scope includes the ones before it', async (t) => {
  const allowed = scopes.map((held) => scopes.filter((needed) => includesScope(held, needed)));
  t.strictSame(allowed, [['read'], ['read', 'reload'], ['read', 'reload', 'manage']]);
});

const wrong = {
  'a token alone': 'hunter2',
  'no scope': 'ci:hunter2',
  'no token': 'ci:read:',
  'no name': ':read:hunter2',
  'an empty scope': 'ci::hunter2',
  'an unknown scope': 'ci:write:hunter2',
  'a scope in capitals': 'ci:READ:hunter2',
  'the token where the scope belongs': 'ci:hunter2:read',
  'the token where the name belongs': 'hunter2:ci:read',
};
for (const [mistake, entry] of Object.entries(wrong)) {
  t.test(`refused, saying which entry but not what is in it: ${mistake}`, async (t) => {
    const error = t.throws(() => parseTokens(`fine:read:${long},${entry}`));
    t.match(error, { message: /entry 2\b.*name:scope:token.*read, reload, manage/ });
    t.notMatch(error, { message: /hunter2/ });
  });
}
