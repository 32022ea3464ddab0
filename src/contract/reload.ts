import { Type } from '@sinclair/typebox';
import { durationMs, ref, stringEnum, timestamp } from './common.js';
import { Problem } from './problem.js';
import { InstanceReport } from './verify.js';

export const ReloadBody = Type.Object(
  {
    wait: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 300,
        default: 30,
        description: 'Seconds to wait for the proof; 0 waits for nothing and answers 202',
      }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the log and GET /schema/reloads' })),
    config: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Reload the configuration too, and wait until the exposed schemas are those of the database, where the role may be seen that PostgREST connects as (pg_read_all_stats)',
      }),
    ),
  },
  { additionalProperties: false },
);

export const InstanceReload = Type.Object(
  {
    ...InstanceReport.properties,
    before: stringEnum(
      ['fresh', 'stale', 'unknown'] as const,
      'What it served when it was first seen after the request',
    ),
    after: stringEnum(
      ['fresh', 'stale', 'unknown'] as const,
      'What it served when it was last seen; unknown: it did not answer',
    ),
    notifications: Type.Integer({ description: 'Notifications sent until it was fresh' }),
    freshAfterMs: Type.Union([durationMs('From the request to when it was seen to be fresh'), Type.Null()]),
  },
  { $id: 'InstanceReload', title: 'InstanceReload', description: 'What became of one PostgREST instance' },
);

const details = {
  durationMs: durationMs('From the request to this answer'),
  notifiedAfterMs: Type.Union([durationMs('From the request to the first notification'), Type.Null()]),
  notifications: Type.Integer({ description: 'Notifications sent for this request, shared ones included' }),
  listeners: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Sessions that listened; null where the database role may not see them',
  }),
  instances: Type.Array(ref(InstanceReload)),
};

export const Reload = Type.Object(
  { outcome: stringEnum(['fresh', 'notified'] as const, 'fresh: proven; notified: not waited for'), ...details },
  { $id: 'Reload', title: 'Reload', description: 'What a reload came to' },
);

export const ReloadRecord = Type.Object(
  {
    at: timestamp('When it was asked for'),
    caller: Type.Union([Type.String(), Type.Null()], { description: 'The name of the token; null without tokens' }),
    reason: Type.Union([Type.String(), Type.Null()]),
    cause: stringEnum(
      ['call', 'trigger', 'watcher', 'takeover'] as const,
      'call: of this API; trigger: the event trigger told the gate; watcher: found in the catalogs; takeover: it was not known what PostgREST had been told, because nobody kept the gate or the watch before, or the catalogs could not be read',
    ),
    config: Type.Boolean({ description: 'The configuration was reloaded too' }),
    outcome: stringEnum(
      ['fresh', 'notified', 'nobody_listens', 'load_failed', 'deadline_passed', 'interrupted', 'failed'] as const,
      'failed: the notification could not be sent, or the catalogs could not be read until the time was over',
    ),
    durationMs: durationMs('From the request to its answer'),
    notifications: Type.Integer({ description: 'Notifications sent for this request, shared ones included' }),
    instances: Type.Array(
      Type.Object({
        url: Type.String(),
        fresh: Type.Boolean({ description: 'It was proven to serve what PostgreSQL had' }),
        freshAfterMs: Type.Union([durationMs('From the request to when it was seen to be fresh'), Type.Null()]),
        detail: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not' }),
      }),
      { description: 'What was last seen of each; empty where nobody waited' },
    ),
  },
  { $id: 'ReloadRecord', title: 'ReloadRecord', description: 'A reload that was asked for' },
);

const sender = {
  role: Type.Union([Type.String(), Type.Null()], {
    description: 'The role that its session logged in as; null where the session ended before it could be looked up',
  }),
  applicationName: Type.Union([Type.String(), Type.Null()], {
    description: 'The application_name of its session, which may be empty; null where it is not known',
  }),
};

export const NotificationSender = Type.Object(
  {
    ...sender,
    copy: Type.Boolean({ description: 'Another copy of this service, by its application_name' }),
    notifications: Type.Integer(),
    firstAt: timestamp('When the first one was heard'),
    lastAt: timestamp('When the last one was heard'),
  },
  {
    $id: 'NotificationSender',
    title: 'NotificationSender',
    description: 'Who else makes PostgREST reload, and how often',
  },
);

export const ReloadStorm = Type.Object(
  {
    since: timestamp('When the first of its notifications was heard'),
    notifications: Type.Integer({ description: 'How many were heard since then' }),
    ...sender,
    detail: Type.String({ description: 'Who sends the most of them, and what to do about it' }),
  },
  {
    $id: 'ReloadStorm',
    title: 'ReloadStorm',
    description:
      'At least 10 notifications of others within 60 s; over when there were fewer than 10 in the last 60 s for 60 s on end. Role and application are those that sent the most, of those that are known if any is.',
  },
);

export const Reloads = Type.Object(
  {
    since: timestamp('When this process started: what was before is not kept'),
    reloads: Type.Array(ref(ReloadRecord), { description: 'The last 200 that have ended, the newest first' }),
    listeningSince: Type.Union([timestamp('Since when no notification was missed'), Type.Null()], {
      description:
        'Null while the service does not hear notifications, because PostgreSQL refuses or cannot be reached',
    }),
    others: Type.Array(ref(NotificationSender), {
      description:
        'Who else sent notifications that make PostgREST load its schema cache (`reload schema` or an empty payload) while this process listened, the most frequent first. Later ones than the first 100 senders are counted together, as not known.',
    }),
    storm: Type.Union([ref(ReloadStorm), Type.Null()], { description: 'The reload storm that is on' }),
  },
  {
    $id: 'Reloads',
    title: 'Reloads',
    description: 'The last reloads that this process was asked for, and those that others ask PostgREST for',
  },
);

export const ReloadProblem = Type.Object(
  {
    ...Problem.properties,
    ...Type.Partial(Type.Object(details)).properties,
    laggards: Type.Optional(Type.Array(Type.String(), { description: 'The instances that are not fresh' })),
  },
  { $id: 'ReloadProblem', title: 'ReloadProblem', description: 'Why a reload is not proven' },
);
