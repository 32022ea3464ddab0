import { Type } from '@sinclair/typebox';
import { ref, stringEnum, timestamp } from './common.js';

/** The checks behind `/health`, by the names that `?exclude=` takes. */
export const checkNames = ['database', 'postgrest', 'listeners', 'trigger', 'drift', 'reloads', 'leader'] as const;

const status = stringEnum(['pass', 'warn', 'fail'] as const, 'pass, warn: works but look at it, fail: does not work');

export const HealthCheck = Type.Object(
  {
    status,
    time: timestamp('When it was checked'),
    componentId: Type.Optional(Type.String({ description: 'Which one, where there are several' })),
    observedValue: Type.Optional(Type.Number()),
    observedUnit: Type.Optional(Type.String()),
    output: Type.Optional(Type.String({ description: 'What is wrong' })),
  },
  { $id: 'HealthCheck', title: 'HealthCheck', description: 'One thing that was checked' },
);

export const Health = Type.Object(
  {
    status,
    checks: Type.Optional(
      Type.Record(Type.String(), Type.Array(ref(HealthCheck)), { description: 'For callers with the read scope' }),
    ),
  },
  { $id: 'Health', title: 'Health', description: 'Health, as application/health+json has it' },
);

export const Readiness = Type.Object(
  { status: stringEnum(['pass', 'fail'] as const) },
  { $id: 'Readiness', title: 'Readiness', description: 'Whether this process can serve' },
);

export const HealthQuery = Type.Object(
  {
    strict: Type.Optional(Type.Boolean({ description: 'Answer 503 for warn too', default: false })),
    exclude: Type.Optional(
      Type.String({
        pattern: `^ *(${checkNames.join('|')}) *(, *(${checkNames.join('|')}) *)*$`,
        description: `a comma-separated list of checks to leave out: ${checkNames.join(', ')}`,
        examples: ['trigger,drift'],
      }),
    ),
  },
  { additionalProperties: false },
);
