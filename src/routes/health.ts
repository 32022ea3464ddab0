import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer } from '../contract/common.js';
import { Health, HealthQuery, Readiness } from '../contract/health.js';
import { type Checks, overallStatus } from '../health/health.js';
import { alsoProblem, problems } from './responses.js';

export interface HealthRoutesOptions {
  check: () => Promise<Checks>;
  /** Whether this process can use its database; never rejects. */
  isReady: () => Promise<boolean>;
}

const mediaType = 'application/health+json';
const time = '2026-01-31T12:00:00.000Z';
const checks: Static<typeof Health>['checks'] = {
  database: [{ status: 'pass', time, observedValue: 2, observedUnit: 'ms' }],
  postgrest: [{ status: 'pass', time, componentId: 'http://127.0.0.1:3000', observedValue: 3, observedUnit: 'ms' }],
  listeners: [{ status: 'pass', time, observedValue: 2, observedUnit: 'ms' }],
  trigger: [
    { status: 'warn', time, observedValue: 4, observedUnit: 'ms', output: 'The event trigger is not installed.' },
  ],
  drift: [{ status: 'pass', time }],
  reloads: [{ status: 'pass', time }],
  leader: [{ status: 'pass', time, observedValue: 3, observedUnit: 'ms' }],
};

export const healthRoutes: FastifyPluginAsyncTypebox<HealthRoutesOptions> = async (app, { check, isReady }) => {
  app.get(
    '/health',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getHealth',
        tags: ['health'],
        summary: 'Is everything well?',
        description:
          'For monitors: 200 for pass and warn, 503 for fail, within 1.5 s whatever hangs. Callers with the read scope get the checks; what is behind is asked at most once a second.',
        querystring: HealthQuery,
        response: {
          ...problems('invalid_request'),
          200: answer('It works; warn: look at the checks', Health, { status: 'warn', checks: checks }, mediaType),
          503: alsoProblem(
            answer('It does not work, or warn under strict', Health, { status: 'fail' }, mediaType),
            'shutting_down',
          ),
        },
      },
    },
    async (request, reply) => {
      const { strict, exclude } = request.query;
      const excluded = exclude?.split(',').map((name) => name.trim()) ?? [];
      const found = await check();
      const status = overallStatus(found, excluded);
      const isWell = status === 'pass' || (status === 'warn' && strict !== true);
      const shown = Object.entries(found).filter(([name]) => !excluded.includes(name));
      return reply
        .code(isWell ? 200 : 503)
        .header('cache-control', 'no-store')
        .type(mediaType)
        .send({ status, ...(request.hasScope('read') && { checks: Object.fromEntries(shown) }) });
    },
  );

  app.get(
    '/health/live',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        summary: 'Does the process run?',
        description: 'For restarts: 200 while the process runs. It asks nothing of anybody.',
        response: { ...problems(), 200: answer('It runs', Readiness, { status: 'pass' }) },
      },
    },
    async () => ({ status: 'pass' as const }),
  );

  app.get(
    '/health/ready',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        summary: 'Can the process serve?',
        description: 'For load balancers: 200 while it can use its database and is not shutting down, else 503.',
        response: {
          ...problems(),
          200: answer('It can serve', Readiness, { status: 'pass' }),
          503: answer('It cannot serve', Readiness, { status: 'fail' }),
        },
      },
    },
    async (_request, reply) => {
      const canServe = !app.isShuttingDown() && (await isReady());
      return reply.code(canServe ? 200 : 503).send({ status: canServe ? 'pass' : 'fail' });
    },
  );
};
