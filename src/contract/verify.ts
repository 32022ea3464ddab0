import { Type } from '@sinclair/typebox';
import { schemaOrigins } from '../postgrest/exposure.js';
import { durationMs, ref, stringEnum, timestamp } from './common.js';
import { Problem } from './problem.js';

export const Finding = Type.Object(
  {
    kind: stringEnum([
      'missing_relation',
      'extra_relation',
      'changed_relation',
      'missing_column',
      'extra_column',
      'changed_column',
      'missing_primary_key',
      'extra_primary_key',
      'changed_primary_key',
      'missing_relationship',
      'extra_relationship',
      'changed_relationship',
      'missing_function',
      'extra_function',
      'changed_function',
      'missing_representation',
      'extra_representation',
      'changed_representation',
      'missing_media_handler',
      'extra_media_handler',
      'changed_media_handler',
      'changed_enum',
      'changed_setting',
      'unknown_setting',
      'ignored_setting',
      'missing_schema',
    ] as const),
    object: Type.String({
      description:
        '`schema.relation`, `schema.relation.column`, `schema.function(parameters)`, a type, a setting, a schema',
    }),
    catalog: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'What PostgreSQL has; null for nothing',
    }),
    cache: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'What PostgREST has; null for nothing',
    }),
    effect: Type.String({ description: 'What a client meets' }),
    remedy: Type.String({ description: 'What ends it' }),
  },
  { $id: 'Finding', title: 'Finding', description: 'One difference between catalog and cache' },
);

const sources = ['schema_cache', 'openapi', 'probe'] as const;

export const SchemaCoverage = Type.Object(
  {
    schema: Type.String(),
    source: stringEnum(sources, 'Where this schema was read'),
    notReadFrom: Type.Array(
      Type.Object({
        source: stringEnum(sources),
        reason: Type.String({ description: 'Who refused, what was said, and what to do about it' }),
      }),
      { description: 'The better sources that were tried first' },
    ),
  },
  { $id: 'SchemaCoverage', title: 'SchemaCoverage', description: 'How one schema was read' },
);

export const Coverage = Type.Object(
  {
    role: Type.Union([Type.String(), Type.Null()], {
      description:
        'Whose privileges decide what the OpenAPI document shows; null where that does not matter, or the role is not known',
    }),
    comparedRelations: Type.Integer(),
    hiddenRelations: Type.Integer({
      description: 'Those of them that were compared by names only, because the source does not show more of them',
    }),
    covers: Type.Array(Type.String()),
    doesNotCover: Type.Array(Type.String()),
    schemasFrom: stringEnum(
      schemaOrigins,
      'Who says which schemas are exposed: the instance itself, PGRST_DB_SCHEMAS (`setting`), or what the settings of its role in PostgreSQL say (`database`)',
    ),
    schemas: Type.Array(ref(SchemaCoverage), { description: 'How each exposed schema was read' }),
  },
  { $id: 'Coverage', title: 'Coverage', description: 'What this source can see, and what it cannot' },
);

export const InstanceError = Type.Object(
  {
    code: stringEnum([
      'unreachable',
      'timeout',
      'no_schema_cache',
      'load_failing',
      'database_unreachable',
      'schema_not_exposed',
      'openapi_disabled',
      'not_covered',
      'unauthorized',
      'unexpected_answer',
    ] as const),
    detail: Type.String(),
  },
  { description: 'Why the instance could not be read; `load_failing`: it was, and cannot load what comes' },
);

export const InstanceReport = Type.Object(
  {
    url: Type.String(),
    consistent: Type.Boolean({ description: 'It was read, and serves what the catalog has as far as it is covered' }),
    version: Type.Optional(Type.String()),
    source: Type.Optional(stringEnum(sources, 'The best source that any of its schemas was read from')),
    schemas: Type.Optional(Type.Array(Type.String(), { description: 'The schemas that it exposes' })),
    coverage: Type.Optional(ref(Coverage)),
    drift: Type.Array(ref(Finding)),
    error: Type.Optional(InstanceError),
  },
  { $id: 'InstanceReport', title: 'InstanceReport', description: 'What one PostgREST instance serves' },
);

export const Verification = Type.Object(
  {
    consistent: Type.Boolean({ description: 'Every instance was read and is consistent' }),
    verifiedAt: timestamp('When the reading began'),
    durationMs: durationMs('How long it took'),
    ageMs: durationMs('How long ago it began'),
    instances: Type.Array(ref(InstanceReport)),
  },
  { $id: 'Verification', title: 'Verification', description: 'The catalog and each instance, compared' },
);

export const VerificationProblem = Type.Object(
  {
    ...Problem.properties,
    instances: Type.Optional(Type.Array(ref(InstanceReport), { description: 'With `no_instance_readable`' })),
  },
  { $id: 'VerificationProblem', title: 'VerificationProblem', description: 'Why no instance could be read' },
);

export const VerifyQuery = Type.Object(
  {
    failOnDrift: Type.Optional(Type.Boolean({ description: 'Answer 409 unless consistent', default: false })),
    schema: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Only this exposed schema' })),
    object: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description:
          'Only this relation, column, relationship or function: `schema.relation`, `schema.relation.column`, `schema.relation.constraint`, `schema.function` or `schema.function(parameters)`',
        examples: ['public.organizations.created_by'],
      }),
    ),
    instance: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2048, description: 'Only the instance with this address' }),
    ),
  },
  { additionalProperties: false },
);
