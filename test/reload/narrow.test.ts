import t from 'tap';
import { narrow } from '../../src/reload/narrow.js';
import { isFailure, type Verification } from '../../src/reload/verify.js';

const labels = { kind: 'changed_enum', object: 'private.mood', effect: '', remedy: '' } as const;
const side = { labels: [], columns: ['public.people.mood'] };

/** Of an instance that has old labels of an enum of another schema. */
const verification: Verification = {
  at: new Date(),
  durationMs: 0,
  find: async () => ({ isThere: false, isRelation: false, relationships: new Set() }),
  reports: [
    {
      instance: { url: 'http://postgrest' },
      version: '16.2',
      source: 'schema_cache',
      schemas: ['public'],
      coverage: {
        role: undefined,
        comparedRelations: new Set(['public.people']),
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
  for (const target of [{ object: 'public.people' }, { object: 'public.people.mood' }, { schema: 'public' }]) {
    const { reports } = await narrow(verification, target);
    const [report] = reports;
    t.match(report !== undefined && !isFailure(report) && report.findings, [labels], JSON.stringify(target));
  }
  await t.rejects(narrow(verification, { object: 'public.people.other' }), { code: 'unknown_object' });
});
