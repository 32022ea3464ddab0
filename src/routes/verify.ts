import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer } from '../contract/common.js';
import { problemMediaType } from '../contract/problem.js';
import { Verification, VerificationProblem, VerifyQuery } from '../contract/verify.js';
import { ProblemError } from '../plugins/problem.js';
import type { ObjectName } from '../verify/object-name.js';
import { narrow, readObjectName, UnknownTargetError } from '../verify/select.js';
import { isFailure, type Verifier } from '../verify/verify.js';
import { presentReport, presentVerification } from './present.js';
import { guarded, problemExample, problems, security } from './responses.js';

export interface VerifyRoutesOptions {
  verifier: Verifier;
}

const stale: Static<typeof Verification> = {
  consistent: false,
  verifiedAt: '2026-01-31T12:00:00.000Z',
  durationMs: 41,
  ageMs: 42,
  instances: [
    {
      url: 'http://127.0.0.1:3000',
      consistent: false,
      version: '12.0.2',
      source: 'openapi',
      schemas: ['public'],
      coverage: {
        role: 'anon',
        comparedRelations: 3,
        hiddenRelations: 0,
        covers: [
          'types, nullability and defaults of columns',
          'primary keys of tables',
          'names of relations, columns and functions',
          'relationships within a schema',
        ],
        doesNotCover: ['enum labels', 'keys of views'],
        schemasFrom: 'instance',
        schemas: [{ schema: 'public', source: 'openapi', notReadFrom: [] }],
      },
      drift: [
        {
          kind: 'missing_column',
          object: 'public.organizations.created_by',
          catalog: { type: 'text', nullable: true, default: null },
          cache: null,
          effect: 'PGRST204 on insert or update naming this column',
          remedy: "POST /schema/reload, or notify pgrst, 'reload schema'",
        },
      ],
    },
  ],
};
const unreadable = {
  ...problemExample('no_instance_readable'),
  instances: [
    {
      url: 'http://127.0.0.1:3000',
      consistent: false,
      drift: [],
      error: { code: 'unreachable', detail: 'It cannot be reached: connect ECONNREFUSED 127.0.0.1:3000.' },
    },
  ],
} satisfies Static<typeof VerificationProblem>;

export const verifyRoutes: FastifyPluginAsyncTypebox<VerifyRoutesOptions> = async (app, { verifier }) => {
  app.get(
    '/schema/verify',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'verifySchema',
        tags: ['schema'],
        summary: 'Does every instance serve what PostgreSQL has?',
        description:
          'Compares the catalog with the schema cache of each PostgREST instance. `coverage` says what was compared: what a source cannot see is never reported as consistent, but as not covered. Callers share runs: `ageMs` says how old the answer is, and `Cache-Control: no-cache` asks for a new one.',
        security,
        querystring: VerifyQuery,
        response: {
          ...problems('invalid_request', ...guarded, 'unknown_schema', 'unknown_object', 'unknown_instance'),
          200: answer('The comparison', Verification, stale),
          409: answer('Not consistent, with failOnDrift', Verification, stale),
          503: answer(
            'No instance could be read, or the database cannot be used',
            VerificationProblem,
            unreadable,
            problemMediaType,
          ),
        },
      },
    },
    async (request, reply) => {
      const { failOnDrift, object: name, ...target } = request.query;
      const isNew = request.headers['cache-control']?.includes('no-cache') === true;
      const object = name === undefined ? undefined : orProblem(() => readObjectName(name));
      const verification = await verify(verifier, object, isNew);
      if (verification.reports.every(isFailure)) throw unreadableProblem(verification.reports);
      const narrowed = orProblem(() => narrow(verification, { ...target, ...(object && { object }) }));
      const body = presentVerification(narrowed);
      return reply.code(failOnDrift === true && !body.consistent ? 409 : 200).send(body);
    },
  );
};

function unreadableProblem(reports: Parameters<typeof presentReport>[0][]): ProblemError {
  const instances = reports.map(presentReport);
  const detail = instances.map(({ url, error }) => `${url}: ${error?.detail}`).join(' ');
  return new ProblemError('no_instance_readable', detail, { instances });
}

function verify(verifier: Verifier, object: ObjectName | undefined, isNew: boolean): ReturnType<Verifier['verify']> {
  if (object !== undefined) return verifier.verifyObject(object, isNew);
  return isNew ? verifier.verify() : verifier.recent();
}

function orProblem<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnknownTargetError) throw new ProblemError(error.code, error.message);
    throw error;
  }
}
