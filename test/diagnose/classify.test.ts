import t from 'tap';
import { judge } from '../../src/diagnose/classify/judge.js';
import type { Facts, Named } from '../../src/diagnose/facts.js';
import { subjectOf } from '../../src/diagnose/parse/read-subject.js';
import { readReported } from '../../src/diagnose/parse/reported.js';
import { readRequest } from '../../src/diagnose/parse/request.js';
import type { Finding } from '../../src/drift/finding.js';
import type { Relation, Routine } from '../../src/model/model.js';

const url = 'http://rest.example';
const routine: Routine = {
  schema: 'public',
  name: 'work',
  parameters: [],
  returns: { type: { schema: 'pg_catalog', name: 'int4' }, isSet: false, isComposite: false, isCompositeAlias: false },
  volatility: 'volatile',
  isVariadic: false,
  settings: new Map([['statement_timeout', '10s']]),
  description: null,
};
const relation: Relation = {
  schema: 'public',
  name: 'tasks',
  kind: 'table',
  isView: false,
  insertable: true,
  updatable: true,
  deletable: true,
  description: null,
  columns: new Map(
    [
      ['id', 'integer', null] as const,
      ['owner', 'uuid', null] as const,
      ['n', 'integer', '5'] as const,
      ['at', 'date', 'now()'] as const,
    ].map(([name, type, fallback]) => [
      name,
      {
        name,
        type,
        nominalType: type,
        nullable: true,
        default: fallback,
        maxLength: null,
        enumLabels: [],
        description: null,
      },
    ]),
  ),
  primaryKey: ['id'],
};

/** What `body` comes to on an instance of which `source` was compared and `findings` found. */
function judged(
  body: object,
  source: 'schema_cache' | 'openapi' | undefined,
  findings: Omit<Finding, 'effect' | 'remedy'>[] = [],
  named: Partial<Named> = {},
) {
  const reported = readReported(body);
  const facts: Facts = {
    channel: 'pgrst',
    schema: 'public',
    subject: subjectOf(reported, ['public']),
    request: readRequest(reported),
    configuredSchemas: ['public'],
    instances: [{ url, exposed: ['public'], version: '16.2' }],
    named: { relations: [relation], routines: [routine], mediaHandlers: [], hidden: new Set(), ...named },
    code: [],
    ...(source !== undefined && {
      agreement: {
        instances: [{ url, source, findings: findings.map((one) => ({ ...one, effect: '', remedy: '' })) }],
      },
    }),
  };
  const { verdict, explanation } = judge(reported, facts);
  return { verdict, explanation };
}

const call = { method: 'POST', path: '/rpc/work' };
const write = { method: 'POST', path: '/tasks' };
const changed = (object: string, catalog: object, cache: object) => ({
  kind: object.includes('(') ? ('changed_function' as const) : ('changed_column' as const),
  object,
  catalog: { ...catalog },
  cache: { ...cache },
});

t.test('where the whole schema cache is compared, nothing is left to guess', async (t) => {
  const readOnly = { ...call, code: '25006', message: 'cannot execute INSERT in a read-only transaction' };
  const volatility = changed('public.work()', { volatility: 'volatile' }, { volatility: 'stable' });
  t.match(judged(readOnly, 'schema_cache', [volatility]), {
    verdict: 'stale_cache',
    explanation:
      /^PostgreSQL has the function public\.work\(\) with volatility volatile; the schema cache has volatility stable/,
  });
  t.match(judged(readOnly, 'schema_cache'), { verdict: 'resolved', explanation: /reloaded since/ });
  t.match(judged(readOnly, 'openapi'), { verdict: 'stale_cache', explanation: /could not be seen/ });

  const timeout = { ...call, code: '57014', message: 'canceling statement due to statement timeout' };
  const settings = changed('public.work()', { settings: { statement_timeout: '10s' } }, {});
  t.match(judged(timeout, 'schema_cache', [settings]), { verdict: 'stale_cache', explanation: /10s/ });
  t.match(judged(timeout, 'schema_cache'), { verdict: 'not_about_the_schema' });
  t.match(judged(timeout, 'openapi'), {
    verdict: 'stale_cache',
    explanation: /could not be seen: a reload would show/,
  });
});

t.test('only what differs in what the error is about lies behind it', async (t) => {
  const other = changed('public.tasks.n', { default: '5' }, { default: null });
  const value = { ...write, code: '22P02', message: 'invalid input syntax for type uuid: "x"' };
  t.match(judged(value, 'schema_cache', [other]), { verdict: 'not_about_the_schema' });
  const type = changed('public.tasks.owner', { type: 'text' }, { type: 'uuid' });
  t.match(judged(value, 'schema_cache', [type]), { verdict: 'stale_cache' });
  const described = changed(
    'public.tasks.owner',
    { type: 'uuid', description: 'new' },
    { type: 'uuid', description: '' },
  );
  t.match(judged(value, 'schema_cache', [described]), { verdict: 'not_about_the_schema' });
  const nothing = {
    ...write,
    code: '23502',
    message: 'null value in column "n" of relation "tasks" violates not-null constraint',
  };
  t.match(judged(nothing, 'openapi', [other]), { verdict: 'stale_cache' });
  t.match(judged(nothing, 'openapi'), { verdict: 'not_about_the_schema' });
});

t.test('what nobody could see is not called fresh', async (t) => {
  const hidden = { hidden: new Set(['public.tasks']) };
  const type = 'column "owner" is of type uuid but expression is of type text';
  const mistyped = { ...write, code: '42804', message: type };
  t.match(judged(mistyped, 'openapi'), { verdict: 'resolved' });
  t.match(judged(mistyped, 'openapi', [], hidden), { verdict: 'stale_cache', explanation: /could not be seen/ });
  t.match(judged(mistyped, undefined), { verdict: 'stale_cache', explanation: /could not be seen/ });
  t.match(judged({ code: '42804', message: type }, undefined), {
    verdict: 'unknown',
    explanation: /without the request/,
  });
  const nothing = {
    ...write,
    code: '23502',
    message: 'null value in column "at" of relation "tasks" violates not-null constraint',
  };
  t.match(
    judged(nothing, 'openapi'),
    { verdict: 'unknown', explanation: /a reload would show/ },
    'nor a default of now()',
  );
});

t.test('a pooler in transaction mode', async (t) => {
  for (const [code, message] of [
    ['26000', 'prepared statement "0" does not exist'],
    ['42P05', 'prepared statement "0" already exists'],
    ['08P01', 'bind message supplies 1 parameters, but prepared statement "0" requires 2'],
  ]) {
    t.match(judged({ ...write, code, message }, 'openapi'), { verdict: 'misconfigured', explanation: /pooler/ });
  }
});

t.test('long lists of candidates are told whole, and each once', async (t) => {
  const parameters = Array.from({ length: 40 }, (_, at) => `parameter_number_${at} => character varying`).join(', ');
  const message = `Could not choose the best candidate function between: public.work(${parameters}), public.work(${parameters}, last => text), public.work(${parameters}, last => text)`;
  const reported = readReported({ code: 'PGRST203', message });
  const { suggestions } = judge(reported, {
    channel: 'pgrst',
    schema: 'public',
    subject: subjectOf(reported, ['public']),
    request: readRequest(reported),
    configuredSchemas: [],
    instances: [],
  });
  t.same(suggestions, [`public.work(${parameters})`, `public.work(${parameters}, last => text)`]);
});

t.test('what PostgreSQL cannot reach or hold is not the connection of PostgREST', async (t) => {
  const remote = { ...write, code: '08001', message: 'could not connect to server "remote"' };
  t.match(judged(remote, undefined), { verdict: 'not_about_the_schema', explanation: /foreign table or dblink/ });
  const foreign = { relations: [{ ...relation, kind: 'foreign_table' as const }] };
  t.match(judged({ ...remote, message: 'connection refused' }, undefined, [], foreign), {
    verdict: 'not_about_the_schema',
    explanation: /foreign table public\.tasks/,
  });
  const full = { ...write, code: '53100', message: 'could not extend file: No space left on device' };
  t.match(judged(full, undefined), { verdict: 'not_about_the_schema', explanation: /disk/ });
});
