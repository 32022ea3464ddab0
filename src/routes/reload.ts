import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import { type ProblemCode, problemMediaType } from '../contract/problem.js';
import { Reload, ReloadBody, ReloadProblem } from '../contract/reload.js';
import { ProblemError } from '../plugins/problem.js';
import type { RecordingReloader } from '../reload/history.js';
import type { ReloadResult } from '../reload/reload.js';
import type { InstanceCourse } from '../reload/waiter.js';
import { type InstanceReport, isConfigured, isFailure, isFresh } from '../verify/verify.js';
import { presentReport } from './present.js';
import { guarded, problemExample, problems, security } from './responses.js';

export interface ReloadRoutesOptions {
  reloader: Pick<RecordingReloader, 'reload'>;
}

const fresh: Static<typeof Reload> = {
  outcome: 'fresh',
  durationMs: 118,
  notifiedAfterMs: 31,
  notifications: 1,
  listeners: 1,
  instances: [
    {
      url: 'http://127.0.0.1:3000',
      consistent: true,
      version: '12.0.2',
      source: 'probe',
      drift: [],
      before: 'stale',
      after: 'fresh',
      notifications: 1,
      freshAfterMs: 118,
    },
  ],
};
const notProven = (code: ProblemCode): Static<typeof ReloadProblem> => ({
  ...problemExample(code),
  durationMs: 30_000,
  notifiedAfterMs: 31,
  notifications: 5,
  listeners: 1,
  instances: [
    {
      url: 'http://127.0.0.1:3000',
      consistent: false,
      drift: [],
      error: { code: 'timeout', detail: 'It has not answered since the notification.' },
      before: 'unknown',
      after: 'unknown',
      notifications: 5,
      freshAfterMs: null,
    },
  ],
  laggards: ['http://127.0.0.1:3000'],
});
const unproven = (description: string, code: ProblemCode) =>
  answer(description, ReloadProblem, notProven(code), problemMediaType);

export const reloadRoutes: FastifyPluginAsyncTypebox<ReloadRoutesOptions> = async (app, { reloader }) => {
  app.post(
    '/schema/reload',
    {
      onRequest: app.requireScope('reload'),
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        operationId: 'reloadSchema',
        tags: ['schema'],
        summary: 'Have PostgREST reload, and come back when it has',
        description:
          'For deploy scripts: notifies PostgREST and answers 200 when every instance is proven, by its content, to serve what the catalog has. The body is optional.',
        security,
        querystring: NoQuery,
        body: ReloadBody,
        response: {
          ...problems(
            'invalid_request',
            ...guarded,
            'payload_too_large',
            'unsupported_media_type',
            'database_unavailable',
          ),
          200: answer('Every instance is proven fresh', Reload, fresh),
          202: answer('Notified, with `wait: 0`', Reload, { ...fresh, outcome: 'notified', instances: [] }),
          409: unproven('Nobody listens (`nobody_listens`), or the database is a standby', 'nobody_listens'),
          502: unproven('The time is over, and an instance cannot load the schema cache', 'load_failed'),
          504: unproven('The time is over; `laggards` names who is not fresh', 'deadline_passed'),
        },
      },
    },
    async (request, reply) => {
      const { wait = 30, reason, config = false } = request.body;
      const asked = { reason, caller: request.caller?.name, cause: 'call' } as const;
      request.log.info(asked, 'reload asked for');
      const result = await reloader.reload({ waitMs: wait * 1000, config }, asked);
      const { outcome, durationMs } = result;
      request.log.info({ outcome, durationMs }, 'reload ended');
      if (outcome === 'failed') throw result.error;
      const body = present(result);
      if (outcome !== 'fresh' && outcome !== 'notified') throw problemOf(outcome, body, result, config);
      return reply.code(outcome === 'fresh' ? 200 : 202).send({ outcome, ...body });
    },
  );
};

function present({ durationMs, notifiedAfterMs, notifications, listeners, instances }: ReloadResult) {
  const { listening, complete } = listeners;
  return {
    durationMs,
    notifiedAfterMs: notifiedAfterMs ?? null,
    notifications,
    listeners: complete || listening.length > 0 ? listening.length : null,
    instances: instances.map(presentInstance),
  };
}

function presentInstance({ report, wasFresh, notifications, freshAfterMs }: InstanceCourse) {
  return {
    ...presentReport(report),
    before: freshness(wasFresh),
    after: freshness(isFailure(report) ? undefined : isFresh(report)),
    notifications,
    freshAfterMs: freshAfterMs ?? null,
  };
}

function freshness(isKnownFresh: boolean | undefined): 'fresh' | 'stale' | 'unknown' {
  return isKnownFresh === undefined ? 'unknown' : isKnownFresh ? 'fresh' : 'stale';
}

type Unproven = Exclude<ReloadResult['outcome'], 'fresh' | 'notified' | 'failed'>;

const codes: Record<Unproven, ProblemCode> = {
  nobody_listens: 'nobody_listens',
  load_failed: 'load_failed',
  deadline_passed: 'deadline_passed',
  interrupted: 'shutting_down',
};

function problemOf(
  outcome: Unproven,
  body: ReturnType<typeof present>,
  result: ReloadResult,
  config: boolean,
): ProblemError {
  const isBehind = (report: InstanceReport) => !isFresh(report) || (config && !isConfigured(report));
  const laggards = result.instances
    .map(({ report }) => report)
    .filter(isBehind)
    .map(presentReport);
  return new ProblemError(codes[outcome], explain(outcome, laggards, result), {
    ...body,
    laggards: laggards.map(({ url }) => url),
  });
}

function explain(
  outcome: Unproven,
  laggards: ReturnType<typeof presentReport>[],
  { listeners, isAnnounced }: ReloadResult,
): string {
  if (outcome === 'nobody_listens') {
    const others = listeners.elsewhere.map(
      ({ applicationName, channel }) => `${applicationName || 'a session'} on ${channel}`,
    );
    const hint = others.length === 0 ? '' : ` Listening elsewhere: ${others.join(', ')}.`;
    return `No session of this database listens on PostgREST's channel: is PostgREST running, on the database of DATABASE_URL, with db-channel-enabled, and not through a transaction-mode pooler?${hint}`;
  }
  if (outcome === 'interrupted') return 'The service shut down before the reload was proven.';
  if (!isAnnounced)
    return 'PostgREST was not told in time: PostgreSQL did not take the notification, or `wait` was too short.';
  if (laggards.length === 0)
    return 'Every instance is fresh in what is compared, but is still loading or had no time yet to load: wait longer.';
  const reasons = laggards.map(({ url, error, drift }) => `${url}: ${error?.detail ?? `${drift.length} differences.`}`);
  return `Not proven fresh in time: ${reasons.join(' ')}`;
}
