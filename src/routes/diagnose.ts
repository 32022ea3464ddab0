import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import { DiagnoseBody, Diagnosis } from '../contract/diagnose.js';
import type { createDiagnoser } from '../diagnose/diagnose.js';
import { ProblemError } from '../plugins/problem.js';
import { guarded, problems, security } from './responses.js';

export interface DiagnoseRoutesOptions {
  diagnose: ReturnType<typeof createDiagnoser>;
}

const stale: Static<typeof Diagnosis> = {
  code: 'PGRST204',
  verdict: 'stale_cache',
  explanation:
    'PostgreSQL has the column public.organizations.created_by; the schema cache of http://127.0.0.1:3000 has it not.',
  remedy: { action: 'POST /schema/reload, or run the SQL.', sql: "notify pgrst, 'reload schema';" },
  evidence: [
    { source: 'error', found: "PGRST204 Column 'created_by' of relation 'organizations' does not exist" },
    { source: 'catalog', found: 'The column public.organizations.created_by is in the catalog.' },
    {
      source: 'instance',
      instance: 'http://127.0.0.1:3000',
      found:
        "Its schema cache does not have the column public.organizations.created_by: PGRST204 Column 'created_by' of relation 'organizations' does not exist",
    },
    { source: 'listeners', found: 'Sessions that listen: 1 on pgrst, 0 on other channels.' },
  ],
};

export const diagnoseRoutes: FastifyPluginAsyncTypebox<DiagnoseRoutesOptions> = async (app, { diagnose }) => {
  // Any JSON is taken here, also with keys that are refused elsewhere.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, app.getDefaultJsonParser('ignore', 'ignore'));

  app.post(
    '/schema/diagnose',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'diagnoseError',
        tags: ['schema'],
        summary: 'What lies behind an error of PostgREST?',
        description:
          'Takes an error of PostgREST as received and looks up, in PostgreSQL and in the schema cache of each instance, what caused it: a stale cache, a schema that is not exposed, a missing grant, a misspelt name, a migration that did not run here, the code of a function, trigger, policy or view. Send method, path and profile of the request along: what decides is whether catalog and caches agree about what it names. Answers within 5 s; what could not be looked up is in the evidence.',
        security,
        querystring: NoQuery,
        body: DiagnoseBody,
        response: {
          ...problems('invalid_request', ...guarded, 'payload_too_large', 'unsupported_media_type'),
          200: answer('What lies behind it', Diagnosis, stale),
        },
      },
    },
    async ({ body }) => {
      if (body === undefined) throw new ProblemError('invalid_request', 'The body has to be the error, as JSON.');
      return diagnose(body);
    },
  );
};
