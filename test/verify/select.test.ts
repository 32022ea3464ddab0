import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Finding } from '../../src/drift/finding.js';
import { narrow, readObjectName } from '../../src/verify/select.js';
import { isFailure, type Verification } from '../../src/verify/verify.js';

const labels = { kind: 'changed_enum', object: 'private.mood', effect: '', remedy: '' } as const;
const side = { labels: [], columns: ['public.people.mood'] };

/** Of an instance that has old labels of an enum of another schema. */
const verification: Verification = {
  at: new Date(),
  durationMs: 0,
  catalogs: [],
  reports: [
    {
      instance: { url: 'http://postgrest' },
      version: '16.2',
      source: 'schema_cache',
      schemas: ['public'],
      coverage: {
        role: undefined,
        comparedRelations: 1,
        hiddenRelations: 0,
        covers: [],
        doesNotCover: [],
      },
      findings: [{ ...labels, catalog: side, cache: side }],
      configuration: [],
    },
  ],
};

t.test('old labels of an enum are found on the columns that have it', async (t) => {
  const object = readObjectName;
  for (const target of [
    { object: object('public.people') },
    { object: object('public.people.mood') },
    { schema: 'public' },
  ]) {
    const { reports } = narrow(verification, target);
    const [report] = reports;
    t.match(report !== undefined && !isFailure(report) && report.findings, [labels], JSON.stringify(target));
  }
  t.throws(() => narrow(verification, { object: object('public.people.other') }), { code: 'unknown_object' });
});

t.test('an instance that does not expose the schema does not cover the object', async (t) => {
  const exposing = (schemas: string[]) => verification.reports.map((report) => ({ ...report, schemas }));
  const fleet = { ...verification, reports: [...exposing(['public']), ...exposing(['api'])] };
  const { reports } = narrow(fleet, { object: readObjectName('public.people') });
  t.match(reports, [{ source: 'schema_cache' }, { error: { code: 'not_covered', message: /schema public/ } }]);
});

t.test('an object is named as findings name it', async (t) => {
  const found = (kind: string, name: string, side: object = {}) =>
    ({ kind, object: name, catalog: side, cache: null, effect: '', remedy: '' }) as Finding;
  const findings = [
    found('missing_function', 'public.add(a integer, b integer)'),
    found('missing_function', 'public."odd(name)"(a "odd,type")'),
    found('extra_relationship', 'public.members.a.b', { constraint: 'members_a_b_fkey' }),
    found('missing_representation', 'public.color -> json', { function: 'private.to_json' }),
    {
      ...found('changed_function', 'public.new(a text)'),
      cache: { parameters: ['variadic a integer', 'b text default'] },
    },
    found('missing_media_handler', '* text/html', { handler: 'public.to_html' }),
  ];
  const all: Verification = {
    ...verification,
    reports: verification.reports.map((report) => ({ ...report, findings })),
  };
  const kept = (target: Parameters<typeof narrow>[1]) => {
    const [report] = narrow(all, target).reports;
    return report === undefined || isFailure(report) ? undefined : report.findings.map((finding) => finding.object);
  };
  const asked: [object: string, ...kept: string[]][] = [
    ['public.add', 'public.add(a integer, b integer)'],
    ['public.add(a integer, b integer)', 'public.add(a integer, b integer)'],
    ['public."odd(name)"', 'public."odd(name)"(a "odd,type")'],
    ['public."odd(name)"(a "odd,type")', 'public."odd(name)"(a "odd,type")'],
    ['public.members.a.b', 'public.members.a.b'],
    ['public.members.members_a_b_fkey', 'public.members.a.b'],
    ['public.members', 'public.members.a.b'],
    ['public.color', 'public.color -> json'],
    ['public.to_html', '* text/html'],
    ['public.new(a integer, b text)', 'public.new(a text)'],
  ];
  for (const [object, ...expected] of asked) t.same(kept({ object: readObjectName(object) }), expected, object);
  for (const object of ['public.add(a integer)', 'public.members.b.a', 'public.odd']) {
    t.throws(() => kept({ object: readObjectName(object) }), { code: 'unknown_object' }, object);
  }
  for (const text of ['public', 'public.', '"public.a', '', 'public.a.b(c)']) {
    t.throws(() => readObjectName(text), { code: 'unknown_object', message: /takes schema\.relation/ }, text);
  }
  t.same(
    kept({ schema: 'public' }),
    findings.map(({ object }) => object),
  );
});

t.test('any text is read as a name at once', async (t) => {
  // What takes as long as the length's square has not read these after half a minute.
  for (const text of [
    `${'"'.repeat(80_000)}x`,
    `a.${'"('.repeat(40_000)})`,
    '('.repeat(80_000),
    `a.b${'()'.repeat(40_000)}`,
  ]) {
    const read = () => {
      try {
        readObjectName(text);
      } catch {}
    };
    t.doesNotThrow(() => runInNewContext('read()', { read }, { timeout: 30_000 }), text.slice(0, 8));
  }
});
