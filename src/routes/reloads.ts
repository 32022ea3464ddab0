import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import * as contract from '../contract/reload.js';
import type { RecordingReloader, ReloadRecord } from '../reload/history.js';
import { type InstanceReport, isFailure, isFresh } from '../reload/verify.js';
import { guarded, problems, security } from './responses.js';

export interface ReloadsRoutesOptions {
  reloader: Pick<RecordingReloader, 'records'>;
  /** When this process started. */
  since: Date;
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
};

export const reloadsRoutes: FastifyPluginAsyncTypebox<ReloadsRoutesOptions> = async (app, { reloader, since }) => {
  app.get(
    '/schema/reloads',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'listReloads',
        tags: ['schema'],
        summary: 'Which reloads were asked for, and what became of them?',
        description:
          'The last 200 reloads that this process was asked for with POST /schema/reload, kept in memory: a restart forgets them, and another copy of the service has its own.',
        security,
        querystring: NoQuery,
        response: {
          ...problems('invalid_request', ...guarded),
          200: answer('The last reloads', contract.Reloads, example),
        },
      },
    },
    async () => ({ since: since.toISOString(), reloads: reloader.records().map(present) }),
  );
};

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
