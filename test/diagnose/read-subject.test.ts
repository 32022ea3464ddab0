import t from 'tap';
import { subjectOf } from '../../src/diagnose/parse/read-subject.js';
import { readReported } from '../../src/diagnose/parse/reported.js';
import { readFixture } from '../helper.js';

const subject = (error: object, schemas = ['public', 'my.schema']) => subjectOf(readReported(error), schemas);

t.test('the texts of every version of PostgREST', async (t) => {
  const column = { kind: 'column', relation: 'organizations', name: 'extra' };
  for (const version of ['12.2.12', '13.0.8', '14.17', '16.2']) {
    const captured = readFixture(`captures/${version}/insert_unknown_column.json`);
    t.match(subject(JSON.parse(captured)), column, version);
  }
  t.match(
    subject({ code: 'PGRST204', message: "Column 'extra' of relation 'organizations' does not exist" }),
    column,
    '12.0',
  );
  const cases: [error: { code: string; message?: string; details?: unknown; hint?: string }, expected: object][] = [
    [
      { code: 'PGRST205', message: "Could not find the table 'public.it's' in the schema cache" },
      { kind: 'relation', schema: 'public', name: "it's" },
    ],
    [
      { code: 'PGRST205', message: "Could not find the table 'my.schema.a.b' in the schema cache" },
      { kind: 'relation', schema: 'my.schema', name: 'a.b' },
    ],
    [
      { code: '42P01', message: 'relation "other.t" does not exist' },
      { kind: 'relation', schema: 'other', name: 't' },
    ],
    [
      { code: '42P01', message: 'relation "t" does not exist' },
      { kind: 'inside', names: ['t'] },
    ],
    [
      {
        code: 'PGRST200',
        message: "Could not find a relationship between 'a' and 'b' in the schema cache",
        details:
          "Searched for a foreign key relationship between 'a' and 'b' using the hint 'c' in the schema 'api', but no matches were found.",
      },
      { kind: 'relationship', schema: 'api', from: 'a', to: 'b', hint: 'c' },
    ],
    [
      { code: 'PGRST200', message: "Could not find a relationship between 'a' and 'b' in the schema cache" },
      { kind: 'relationship', schema: undefined, from: 'a', to: 'b', hint: undefined },
    ],
    [
      {
        code: 'PGRST202',
        message: 'Could not find the function public.f(a, b) in the schema cache',
        details:
          'Searched for the function public.f with parameters a, b or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.',
      },
      { kind: 'routine', schema: 'public', name: 'f', argumentNames: ['a', 'b'], bodyTypes: ['json', 'jsonb'] },
    ],
    [
      { code: 'PGRST202', message: 'Could not find the function public.f without parameters in the schema cache' },
      { kind: 'routine', schema: 'public', name: 'f', argumentNames: [], bodyTypes: [] },
    ],
    [
      { code: '42883', message: 'function public.f(a => integer, b => text) does not exist' },
      { kind: 'routine', schema: 'public', name: 'f', argumentNames: ['a', 'b'] },
    ],
    [{ code: '42883', message: 'operator does not exist: text = integer' }, { kind: 'other' }],
    [
      { code: '42703', message: 'column a.b does not exist' },
      { kind: 'column', relation: 'a', name: 'b' },
    ],
    [
      { code: '42703', message: 'column "b" of relation "a" does not exist' },
      { kind: 'column', relation: 'a', name: 'b' },
    ],
    [
      { code: '42703', message: 'column "b" does not exist' },
      { kind: 'inside', names: ['b'] },
    ],
    [
      { code: 'PGRST106', message: 'The schema must be one of the following: public' },
      { kind: 'schema', schema: undefined },
    ],
    [
      { code: 'PGRST106', message: 'Invalid schema: my api' },
      { kind: 'schema', schema: 'my api' },
    ],
    [
      {
        code: 'PGRST203',
        message:
          'Could not choose the best candidate function between: public.g(a => integer, b => text), public.g(a => text)',
      },
      { kind: 'ambiguous_function', candidates: ['public.g(a => integer, b => text)', 'public.g(a => text)'] },
    ],
    [
      { code: '42501', message: 'permission denied for view v' },
      { kind: 'privilege', objectType: 'table', name: 'v' },
    ],
    [
      { code: '42501', message: 'permission denied for materialized view v' },
      { kind: 'privilege', objectType: 'table', name: 'v' },
    ],
    [
      { code: '42501', message: 'new row violates row-level security policy "p" for table "t"' },
      { kind: 'privilege', policy: true, name: 't' },
    ],
    [
      { code: '42501', message: 'permission denied to set role "r"' },
      { kind: 'role', name: 'r', mayBeSet: false },
    ],
    [{ code: 'PGRST001' }, { kind: 'connection' }],
    [{ code: '57P03' }, { kind: 'connection' }],
    [{ code: 'PGRST002' }, { kind: 'schema_cache' }],
    [{ code: 'PGRST204', message: 'In words of a version to come' }, { kind: 'other' }],
  ];
  for (const [error, expected] of cases) t.match(subject(error), expected, `${error.code} ${error.message ?? ''}`);
});

t.test('what the error does not say, the request may', async (t) => {
  t.match(subject({ path: '/rest/v1/a%2Fb?select=*' }), { kind: 'relation', name: 'a/b' });
  t.match(subject({ path: 'https://x.example/rpc/f?a=1&select=b&c=2' }), {
    kind: 'routine',
    name: 'f',
    argumentNames: ['a', 'c'],
  });
  t.match(subject({ code: '42703', message: 'column "b" does not exist', path: '/t?b=eq.1' }), {
    relation: 't',
    name: 'b',
  });
  t.match(subject({ code: '42703', message: 'column a.b.c does not exist', path: '/a.b' }), {
    relation: 'a.b',
    name: 'c',
  });
  const odd = 'Could not find the function public.f(x)(a) in the schema cache';
  t.match(subject({ code: 'PGRST202', message: odd, path: '/rpc/f(x)?a=1' }), { name: 'f(x)', argumentNames: ['a'] });
});

t.test('details that are no text, and long texts, are read at once', async (t) => {
  const nested = JSON.parse(`${'['.repeat(7_800)}${']'.repeat(7_800)}`);
  const message = 'Could not find the function x in the schema cache';
  for (const details of [{ toString: 1 }, nested, null, 1]) {
    for (const code of ['PGRST200', 'PGRST202']) t.ok(subject({ code, message, details }));
  }
  const long = [
    { code: 'PGRST201', message: `found for '${"' and '".repeat(700)}x` },
    {
      code: 'PGRST200',
      details: `${"relationship between '".repeat(200)}${"' in the schema '".repeat(300)}${'x'.repeat(5_500)}`,
    },
  ];
  // So often that only what goes through a text once comes to an end before we give up.
  const deadline = performance.now() + 30_000;
  let read = 0;
  for (; read < 300 && performance.now() < deadline; read++) for (const error of long) subject(error);
  t.equal(read, 300);
});

t.test('only an error without anything in it is that of an unknown relation', async (t) => {
  const path = '/organizations';
  t.match(subject({ error: {}, path }), { kind: 'relation', name: 'organizations' });
  t.match(subject({ error: [{ id: 1 }], path }), { kind: 'other' });
  t.match(subject({ error: [], path }), { kind: 'other' });
});
