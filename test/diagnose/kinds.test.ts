import t from 'tap';
import { isWhole } from '../support/lane.js';
import { type FailingRequest, setUp, wordsOf } from './field-case.js';
import { cases } from './kinds.js';
import { laterCases } from './kinds-later.js';

/** Of each verdict the two that stand for all in `npm test`. */
const chosen = [
  'enum-dropped-42704',
  'argument-type-dropped-42704',
  'real-22P02',
  'unique-dropped-42P10',
  'on-conflict-misspelt-42703',
  'real-25006',
  'inside-function',
  'types-only-pgrst203',
  'not-served',
  'siblings-pgrst200',
  'made-up-names',
  'grants',
  'grants-inside',
  'refused-inside',
  'key-into-unexposed-pgrst200',
  'overload-with-default-42725',
  'columns-elsewhere',
  'not-of-the-cache',
];

const all = [...cases, ...laterCases];
for (const kind of isWhole ? all : all.filter(({ id }) => chosen.includes(id))) {
  t.test(kind.id, async (t) => {
    const { app, request, diagnose, diagnoseAlone } = await setUp(t, kind);
    /** Those that a reload is to cure. */
    const stale: FailingRequest[] = [];
    for (const { verdict, says, never, bare, ...failing } of kind.requests) {
      const { status, body } = await request(failing);
      t.ok(status >= 300, `${failing.method} ${failing.path} fails`);
      const diagnosis = await diagnose(failing, body);
      const words = wordsOf(diagnosis);
      t.match(diagnosis.verdict, new RegExp(`^(${verdict})$`), `${failing.path}: ${words}`);
      if (says !== undefined) t.match(words, says, `${failing.path}: what it says`);
      if (never !== undefined) t.notMatch(words, never, `${failing.path}: what it must not say`);
      if (bare !== undefined)
        t.match((await diagnoseAlone(body)).verdict, new RegExp(`^(${bare})$`), `${failing.path} alone`);
      t.equal(new Set(diagnosis.suggestions).size, diagnosis.suggestions?.length ?? 0, 'no suggestion twice');
      const isCurable = !words.includes('Then the request has to ask for what PostgreSQL has');
      if (diagnosis.verdict === 'stale_cache' && isCurable) stale.push(failing);
    }
    if (stale.length === 0) return;
    await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 10 } });
    for (const failing of stale) {
      const { status, body } = await request(failing);
      t.ok(status < 300, `whoever reloads is cured: ${failing.path} ${JSON.stringify(body)}`);
    }
  });
}
