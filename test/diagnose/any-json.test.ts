import fc from 'fast-check';
import t from 'tap';
import { appOn, appWith } from '../helper.js';
import { databaseFor } from '../support/database.js';
import { isWhole } from '../support/lane.js';
import { diagnoserOn, diagnoseTextOn } from './ask.js';

const maxBodyBytes = 16_384;

const codes = [
  ...['PGRST000', 'PGRST001', 'PGRST002', 'PGRST003', 'PGRST100', 'PGRST106', 'PGRST116', 'PGRST200', 'PGRST201'],
  ...['PGRST202', 'PGRST203', 'PGRST204', 'PGRST205', 'PGRST301', 'PGRSTX00', '22023', '22P02', '23505', '42501'],
  ...['42703', '42883', '42P01', '42P10', '53300', '57014', '57P01', '08006', '28P01', '3D000', 'P0001', 'constructor'],
];
// With what an error may name in place of each 1, 2 and 3.
const templates = [
  "Column '1' of relation '2' does not exist",
  "Could not find the '1' column of '2' in the schema cache",
  "Could not find the table '1.2' in the schema cache",
  'Could not find the function 1.2(3) in the schema cache',
  'Could not find the function 1.2 without parameters in the schema cache',
  "Could not find a relationship between '1' and '2' in the schema cache",
  "Searched for a foreign key relationship between '1' and '2' using the hint '3' in the schema 'public', but no matches were found.",
  "Could not embed because more than one relationship was found for '1' and '2'",
  'Could not choose the best candidate function between: 1.2(a => 3), 1.2(b => 3)',
  'Invalid schema: 1',
  'relation "1.2" does not exist',
  'column 1.2 does not exist',
  'column "1" of relation "2" does not exist',
  'function 1.2(3) does not exist',
  ...['table', 'sequence', 'function', 'schema'].map((type) => `permission denied for ${type} 1`),
  'permission denied to set role "1"',
  'role "1" does not exist',
  'new row violates row-level security policy for table "1"',
];

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
const name = fc.oneof(
  anyText,
  fc.constantFrom(
    'public',
    'organizations',
    'projects',
    'name',
    'search_projects',
    'query',
    '..',
    '/',
    '\0',
    '\ud800',
    '',
  ),
);
const filled = fc
  .tuple(fc.constantFrom(...templates), name, name, name)
  .map(([template, ...names]) => template.replaceAll(/[123]/g, (digit) => names[Number(digit) - 1] ?? ''));
const field = fc.oneof(filled, anyText, fc.jsonValue());
const error = fc.record(
  {
    code: fc.oneof(fc.constantFrom(...codes), fc.jsonValue()),
    message: field,
    details: field,
    hint: field,
    method: fc.oneof(fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'constructor'), fc.jsonValue()),
    path: fc.oneof(
      name.map((part) => `/${part}?select=*`),
      name.map((part) => `/rpc/${part}?a=1`),
      field,
    ),
    profile: fc.oneof(name, fc.jsonValue()),
  },
  { requiredKeys: ['code', 'message'] },
);
const body = fc
  .oneof(
    fc.jsonValue(),
    error,
    error.map((inner) => ({ error: inner, path: '/organizations' })),
    fc.array(error),
  )
  .filter((value) => Buffer.byteLength(JSON.stringify(value)) <= maxBodyBytes);

const numRuns = isWhole ? 500 : 40;

t.test('any JSON is answered, as documented', async (t) => {
  const sandbox = await databaseFor(t);
  const diagnose = diagnoserOn(t, await appOn(t, sandbox));
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const { verdict, suggestions = [], explanation, evidence } = await diagnose(value);
      const size = JSON.stringify({ explanation, suggestions, evidence }).length;
      return typeof verdict === 'string' && suggestions.length <= 10 && size < 20_000;
    }),
    { numRuns },
  );
  t.pass(`${numRuns} of them`);
});

t.test('any JSON is answered with nothing behind it', async (t) => {
  const app = await appWith(t, { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' });
  const diagnose = diagnoserOn(t, app);
  await fc.assert(
    fc.asyncProperty(body, async (value) => typeof (await diagnose(value)).verdict === 'string'),
    { numRuns },
  );
  t.pass(`${numRuns} of them`);
});

t.test('JSON that others refuse', async (t) => {
  const app = await appWith(t, { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' });
  const answered = diagnoseTextOn(app);
  const long = 'x'.repeat(16_000);
  for (const text of [
    '{"__proto__": {"code": "PGRST204"}}',
    '{"error": {"__proto__": 1, "constructor": {"prototype": 2}, "toString": 3}}',
    '['.repeat(8_000) + ']'.repeat(8_000),
    `${'{"error":'.repeat(1_500)}1${'}'.repeat(1_500)}`,
    `{"code": "PGRST204", "message": "Column '${long}' of relation 'organizations' does not exist"}`,
    `{"code": "PGRST202", "message": "Could not find the function public.f(${'a, '.repeat(5_000)}b) in the schema cache"}`,
    '{"code": "\\ud800", "message": "\\u0000", "path": "/%ff/%"}',
    '1e999',
    '"text"',
    'null',
  ]) {
    t.match(await answered(text), { statusCode: 200 }, text.slice(0, 60));
  }
  for (const text of ['', '{', '{"a": }', 'undefined', '{"code": "PGRST204"']) {
    t.match(await answered(text), { statusCode: 400 }, `no JSON: ${text}`);
  }
  t.match(await answered(`"${'x'.repeat(maxBodyBytes)}"`), { statusCode: 413 });
});
