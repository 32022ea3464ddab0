import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import * as contract from '../contract/reload.js';
import type { ExplainedStorm, NotificationListener } from '../notifications/listener.js';
import { isCopy, type SenderCount } from '../notifications/senders.js';
import type { RecordingReloader, ReloadRecord } from '../reload/history.js';
import { type InstanceReport, isFailure, isFresh } from '../verify/verify.js';
import { guarded, problems, security } from './responses.js';

export interface ReloadsRoutesOptions {
  reloader: Pick<RecordingReloader, 'records'>;
  /** When this process started. */
  since: Date;
  listener: Pick<NotificationListener, 'others' | 'storm' | 'listeningSince'>;
}

const example: Static<typeof contract.Reloads> = {
  since: '2026-01-31T08:00:00.000Z',
  reloads: [
    {
      at: '2026-01-31T12:00:00.000Z',
      caller: 'deploy',
      reason: 'deploy 42',
      cause: 'call',
      config: false,
      outcome: 'fresh',
      durationMs: 118,
      notifications: 1,
      instances: [{ url: 'http://127.0.0.1:3000', fresh: true, freshAfterMs: 96, detail: null }],
    },
  ],
  listeningSince: '2026-01-31T08:00:00.000Z',
  others: [
    {
      role: 'migrator',
      applicationName: 'flyway',
      copy: false,
      notifications: 36,
      firstAt: '2026-01-31T12:10:00.000Z',
      lastAt: '2026-01-31T12:11:30.000Z',
    },
  ],
  storm: {
    since: '2026-01-31T12:10:00.000Z',
    notifications: 36,
    role: 'migrator',
    applicationName: 'flyway',
    detail:
      '36 of 36 reload notifications came from role migrator with application_name flyway. PostgREST loads its schema cache for them, however little changed.',
  },
};

export const reloadsRoutes: FastifyPluginAsyncTypebox<ReloadsRoutesOptions> = async (app, options) => {
  const { reloader, since, listener } = options;
  app.get(
    '/schema/reloads',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'listReloads',
        tags: ['schema'],
        summary: 'Which reloads were asked for, by whom, and what became of them?',
        description:
          'The last 200 reloads that POST /schema/reload, the gate or the watch of this process asked for, and who else notifies PostgREST how often: event triggers, in the session whose DDL fires them, programs, other copies of this service. Kept in memory: a restart forgets them, and another copy of the service has its own.',
        security,
        querystring: NoQuery,
        response: {
          ...problems('invalid_request', ...guarded),
          200: answer('The last reloads', contract.Reloads, example),
        },
      },
    },
    async () => ({
      since: since.toISOString(),
      reloads: reloader.records().map(present),
      listeningSince: listener.listeningSince()?.toISOString() ?? null,
      others: listener.others().map(presentSender),
      storm: presentStorm(listener.storm()),
    }),
  );
};

function presentSender(count: SenderCount): Static<typeof contract.NotificationSender> {
  const { role, applicationName, notifications, firstAt, lastAt } = count;
  return {
    role,
    applicationName,
    copy: isCopy(count),
    notifications,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
  };
}

function presentStorm(storm: ExplainedStorm | undefined): Static<typeof contract.ReloadStorm> | null {
  if (storm === undefined) return null;
  const { since, notifications, cause, detail } = storm;
  const { role, applicationName } = cause;
  return { since: since.toISOString(), notifications, role, applicationName, detail };
}

function present({ at, caller, reason, instances, ...record }: ReloadRecord): Static<typeof contract.ReloadRecord> {
  const { cause, config, outcome, durationMs, notifications } = record;
  return {
    at: at.toISOString(),
    caller: caller ?? null,
    reason: reason ?? null,
    cause,
    config,
    outcome,
    durationMs,
    notifications,
    instances: instances.map(({ report, freshAfterMs }) => ({
      url: report.instance.url,
      fresh: isFresh(report),
      freshAfterMs: freshAfterMs ?? null,
      detail: isFresh(report) ? null : explain(report),
    })),
  };
}

function explain(report: InstanceReport): string {
  return isFailure(report) ? report.error.message : `${report.findings.length} differences`;
}
