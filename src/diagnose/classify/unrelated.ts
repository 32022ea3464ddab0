import type { Judgement } from '../diagnosis.js';

// Codes by their beginning: those of PostgREST by their families, those of PostgreSQL by their classes.
const families: [RegExp, string][] = [
  [/^PGRST1/, 'the request itself: its query string, body, headers or method'],
  [/^PGRST3/, 'the token of the request, or the JWT settings of PostgREST'],
  [/^PGRSTX/, 'a failure inside PostgREST; its log says more'],
  [/^22/, 'a value that PostgreSQL does not take'],
  [/^23/, 'a constraint that the data would violate'],
  [/^25006$/, 'a write to a database, or in a transaction, that is read-only'],
  [/^40/, 'a transaction that PostgreSQL rolled back for another one; it may be tried again'],
  [/^42P10$/, 'an upsert on columns without a unique constraint'],
  [/^428C9$/, 'a column whose values PostgreSQL generates'],
  [/^57014$/, 'a statement that took longer than its timeout allows'],
  [/^(P0|PT)/, 'an error that a function or trigger of the database raised'],
  [/^21/, 'a query that found more rows than it may'],
];

/** What is left to say of an error that names nothing which could be looked up. */
export function unrelated(code: string): Judgement {
  const [, about] = families.find(([pattern]) => pattern.test(code)) ?? [];
  if (about !== undefined) {
    return {
      verdict: 'not_about_the_schema',
      explanation: `The error is about ${about}. No cache, grant or migration would change it.`,
      remedy: { action: 'Follow what the message, details and hint of the error say.' },
    };
  }
  return {
    verdict: 'unknown',
    explanation: 'The body names nothing that could be looked up.',
    remedy: {
      action:
        'Send the whole error as PostgREST answered it: code, message, details and hint, with method, path and profile of the request beside it.',
    },
  };
}
