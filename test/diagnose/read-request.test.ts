import t from 'tap';
import { readReported } from '../../src/diagnose/parse/reported.js';
import { readRequest } from '../../src/diagnose/parse/request.js';

const request = (path: string, method = 'GET') => readRequest(readReported({ method, path, code: 'x' }));
const embeds = (path: string) =>
  request(path).embeds.map(({ name, hint, within }) => [name, hint, within?.name].filter((part) => part !== undefined));

t.test('what is embedded, whatever it is called', async (t) => {
  t.same(embeds('/posts?select=*,author:users!posts_author_fkey!inner(name,teams(id)),...tags(label)'), [
    ['users', 'posts_author_fkey'],
    ['teams', 'users'],
    ['tags'],
  ]);
  t.same(embeds('/posts?select="a,b":"odd (name)"("x, y"),id'), [['odd (name)']]);
  t.same(embeds('/posts?select=amount.sum(),count()'), [], 'an aggregate is none');
  t.same(embeds('/posts?select=a(b(c(d('), [], 'half a list');
});

t.test('columns, filters and conflicts', async (t) => {
  t.match(
    request(
      '/rest/v1/up?on_conflict=a,"b c"&columns=x,y&z=eq.1&select=day::text,data->>key,other:name&order=n',
      'post',
    ),
    {
      method: 'POST',
      target: { kind: 'relation', name: 'up' },
      onConflict: ['a', 'b c'],
      columns: ['day', 'data', 'name', 'z', 'x', 'y'],
      isFiltered: true,
      isSelecting: true,
    },
  );
  t.match(request('/up?select=*&limit=1'), { isFiltered: false });
  t.match(request('/up?or=(a.eq.1,b.eq.2)'), { isFiltered: true });
});

t.test('any text is read at once', async (t) => {
  for (const part of ['(', ')', '"', '\\', ',', 'a(', '":"', 'a.b,', '->', '::']) {
    t.ok(request(`/x?select=${part.repeat(16_000 / part.length)}&on_conflict=${part.repeat(100)}`));
  }
});
