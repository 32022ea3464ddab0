import type { Instance } from '../../src/postgrest/instance.js';
import type { InstanceReading } from '../../src/verify/report.js';

/** A report of an instance that serves what the catalog has. */
export const freshReport = (instance: Instance): InstanceReading => ({
  instance,
  version: '12.0.2',
  source: 'openapi',
  schemas: ['public'],
  coverage: { role: undefined, comparedRelations: 1, hiddenRelations: 0, covers: [], doesNotCover: [] },
  findings: [],
  configuration: [],
});

/** A report of an instance that lacks a table. */
export const staleReport = (instance: Instance): InstanceReading => ({
  ...freshReport(instance),
  findings: [{ kind: 'missing_relation', object: 'public.t', catalog: {}, cache: null, effect: '', remedy: '' }],
});
