import { Type } from '@sinclair/typebox';
import { evidenceSources, verdicts } from '../diagnose/diagnosis.js';
import { stringEnum } from './common.js';

const field = (description: string) => ({ description });

/** Any JSON is taken, so no field has a type: what is no text is as if it were not there. */
export const DiagnoseBody = Type.Unsafe<unknown>({
  description: 'A PostgREST error as received, alone or in `error`; what is known of the request may stand beside it.',
  anyOf: [
    {
      type: 'object',
      properties: {
        code: field('`PGRST204`, `42501`'),
        message: field('As in the error'),
        details: field('As in the error'),
        hint: field('As in the error'),
        error: field('The error, where it is wrapped as clients do'),
        method: field('The method of the request: it tells which privilege was needed'),
        path: field('The path or URL of the request, best with its query string'),
        profile: field('The schema asked for with Accept-Profile or Content-Profile'),
      },
    },
    { description: 'Any other JSON, which is answered too' },
  ],
});

export const Diagnosis = Type.Object(
  {
    verdict: stringEnum(verdicts),
    code: Type.Union([Type.String(), Type.Null()], { description: 'Of the error in the body; null where it has none' }),
    explanation: Type.String({ description: 'Why this verdict, in a sentence or two' }),
    remedy: Type.Object({
      action: Type.String({ description: 'What to do' }),
      sql: Type.Optional(Type.String({ description: 'The SQL that does it' })),
    }),
    suggestions: Type.Optional(
      Type.Array(Type.String(), { maxItems: 10, description: 'Names that may be meant, or hints to embed with' }),
    ),
    evidence: Type.Array(
      Type.Object({
        source: stringEnum(evidenceSources),
        instance: Type.Optional(Type.String({ description: 'The address of the instance that it is about' })),
        found: Type.String({ description: 'What was found, or why nothing could be' }),
      }),
      { description: 'What was looked up for this answer' },
    ),
  },
  { $id: 'Diagnosis', title: 'Diagnosis', description: 'What lies behind an error' },
);
