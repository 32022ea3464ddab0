import type { Judgement } from '../diagnosis.js';
import type { Reported } from '../parse/reported.js';
import { adviceFor } from './advice.js';
import { clip } from './words.js';

// Codes by their beginning: those of PostgREST by their families, those of PostgreSQL by their classes.
const families: [RegExp, string][] = [
  [/^PGRST107$/, 'the media types that the request accepts, none of which can be produced of what it asks for'],
  [/^PGRST1/, 'the request itself: its query string, body, headers or method'],
  [/^PGRST3/, 'the token of the request, or the JWT settings of PostgREST'],
  [/^PGRSTX/, 'a failure inside PostgREST; its log says more'],
  [/^22/, 'a value that PostgreSQL does not take'],
  [/^23/, 'a constraint that the data would violate'],
  [/^25006$/, 'a write to a database, or in a transaction, that is read-only'],
  [/^25/, 'the state of the transaction'],
  [/^40/, 'a transaction that PostgreSQL rolled back for another one; it may be tried again'],
  [/^42P10$/, 'an upsert on columns without a unique constraint'],
  [/^428C9$/, 'a column whose values PostgreSQL generates: leave it out'],
  [/^42883$/, 'an operator or function that PostgreSQL does not have for these types'],
  [/^42809$/, 'an object of a kind for which PostgreSQL does not do this'],
  [
    /^55000$/,
    'an object that is not in the state for this: a view that cannot be written to, a materialized view before its first REFRESH',
  ],
  [/^55P03$/, 'a lock that others hold; it may be tried again'],
  [/^55/, 'an object that is in use, or not in the state for this'],
  [/^57014$/, 'a statement that took longer than its timeout allows, or was cancelled'],
  [/^(P0|PT)/, 'an error that a function or trigger of the database raised'],
  [/^21000$/, 'a statement that would touch more rows than it may'],
  [/^21/, 'a query that found more rows than it may'],
  [/^0A/, 'something that PostgreSQL does not support'],
  [/^53/, 'what PostgreSQL has no room for: memory, disk or temporary files'],
  [/^54/, 'a limit of PostgreSQL: the statement is too complex, or calls itself without an end'],
  [/^42/, 'SQL that PostgreSQL refuses'],
  [/^(58|XX|F0)/, 'a failure inside PostgreSQL; its log says more'],
  [/^[0-9A-Z]{5}$/, 'what PostgreSQL refused, as its message says'],
  [/^PGRST/, 'what PostgREST refused, as its message says'],
];

/** What is left to say of an error that names nothing which could be looked up. */
export function unrelated({ code, message }: Pick<Reported, 'code' | 'message'>): Judgement {
  const [, about] = families.find(([pattern]) => pattern.test(code)) ?? [];
  if (about !== undefined) {
    return {
      verdict: 'not_about_the_schema',
      explanation: `The error is about ${about}${message === '' ? '' : `: ${clip(message)}`}. The schema cache is not behind it, and a reload would not change it.`,
      remedy: { action: adviceFor({ code, message }) },
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
