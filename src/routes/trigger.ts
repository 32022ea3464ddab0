import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import * as contract from '../contract/trigger.js';
import { qualify } from '../model/identifier.js';
import { ProblemError } from '../plugins/problem.js';
import { explainDatabaseError } from '../postgres/errors.js';
import type { TriggerAssessment } from '../trigger/assess.js';
import type { EventTrigger } from '../trigger/inspect.js';
import { alterSql, migration } from '../trigger/migration.js';
import { RefusedError, type Trigger } from '../trigger/trigger.js';
import { refuseBody } from './refuse-body.js';
import { guarded, problems, security } from './responses.js';

export interface TriggerRoutesOptions {
  trigger: Trigger;
}

const ours = (name: string, event: string): Static<typeof contract.EventTrigger> => ({
  name,
  event,
  enabled: 'always',
  owner: 'postgres',
  function: 'pgrst_ops.notify_pgrst_schema_change',
  functionOwner: 'postgres',
});
const installed: Static<typeof contract.TriggerStatus> = {
  state: 'ok',
  version: 2,
  installedVersion: 2,
  eventTriggers: [
    ours('notify_pgrst_on_schema_change', 'ddl_command_end'),
    ours('notify_pgrst_on_schema_drop', 'sql_drop'),
  ],
  problems: [],
  warnings: [],
  others: [],
  channels: ['pgrst'],
  exposedSchemas: { trigger: ['public'], postgrest: ['public'] },
  platform: { name: 'postgresql', mayInstall: true, reason: 'postgres is a superuser.' },
  misses: ['direct changes to the system catalogs'],
};
const missing: Static<typeof contract.TriggerStatus> = {
  ...installed,
  state: 'missing',
  installedVersion: null,
  eventTriggers: [],
  problems: [{ code: 'missing', detail: 'The event trigger is not installed.', remedy: 'POST /trigger/install' }],
};
const refusals = [
  'invalid_request',
  ...guarded,
  'insufficient_privilege',
  'database_is_standby',
  'migration_refused',
  'payload_too_large',
  'unsupported_media_type',
  'database_unavailable',
] as const;

export const triggerRoutes: FastifyPluginAsyncTypebox<TriggerRoutesOptions> = async (app, { trigger }) => {
  app.get(
    '/trigger/status',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'getTriggerStatus',
        tags: ['trigger'],
        summary: 'Is the event trigger in place?',
        description:
          'What is installed and by whom, whether it is enabled and its code is the code of this version, which schemas it counts as exposed and which PostgREST does, who else notifies PostgREST, what is missed, and what to do.',
        security,
        querystring: NoQuery,
        response: {
          ...problems('invalid_request', ...guarded, 'database_unavailable'),
          200: answer('The state of the event trigger', contract.TriggerStatus, missing),
        },
      },
    },
    async () => present(await trigger.status()),
  );

  app.post(
    '/trigger/install',
    {
      onRequest: app.requireScope('manage'),
      preValidation: refuseBody,
      schema: {
        operationId: 'installTrigger',
        tags: ['trigger'],
        summary: 'Install or repair the event trigger',
        description:
          'Runs the migration unless all is as it leaves it, also on top of an earlier version; the body says what that came to. With `dryRun` it returns the SQL and runs nothing.',
        security,
        querystring: contract.InstallQuery,
        response: {
          ...problems(...refusals),
          200: {
            description: 'Upgraded, repaired or unchanged; with dryRun, the SQL',
            content: {
              'application/json': {
                schema: { oneOf: [{ $ref: 'Installation#' }, { $ref: 'InstallationPlan#' }] },
                example: { outcome: 'unchanged', status: installed },
              },
            },
          },
          201: answer('Created', contract.Installation, { outcome: 'created', status: installed }),
        },
      },
    },
    async (request, reply) => {
      if (request.query.dryRun === true) return reply.send({ outcome: 'dry_run', sql: migration.up });
      const { outcome, status } = await orSql(
        trigger,
        () => migration.up,
        () => trigger.install(),
      );
      return reply.code(outcome === 'created' ? 201 : 200).send({ outcome, status: present(status) });
    },
  );

  const actions = [
    {
      name: 'uninstall',
      sqlFor: () => migration.down,
      summary: 'Remove the event trigger',
      description: 'Removes the event triggers, their function and their schema. Nothing happens where there are none.',
      after: missing,
    },
    {
      name: 'enable',
      sqlFor: ({ installed }: TriggerAssessment) => alterSql('enable always', namesOf(installed)),
      summary: 'Enable the event trigger',
      description:
        'Enables the event triggers, also under session_replication_role = replica. Where there are none, the state is `missing`.',
      after: installed,
    },
    {
      name: 'disable',
      sqlFor: ({ installed }: TriggerAssessment) => alterSql('disable', namesOf(installed)),
      summary: 'Disable the event trigger',
      description: 'Disables the event triggers: until they are enabled again, nobody tells PostgREST of changes.',
      after: { ...installed, state: 'disabled' },
    },
  ] as const;
  for (const { name, sqlFor, summary, description, after } of actions) {
    app.post(
      `/trigger/${name}`,
      {
        onRequest: app.requireScope('manage'),
        preValidation: refuseBody,
        schema: {
          operationId: `${name}Trigger`,
          tags: ['trigger'],
          summary,
          description,
          security,
          querystring: NoQuery,
          response: {
            ...problems(...refusals),
            200: answer('The state after it', contract.TriggerStatus, after),
          },
        },
      },
      async () => {
        const status = await orSql(trigger, sqlFor, () => trigger[name]());
        return present(status);
      },
    );
  }
};

/** Where PostgreSQL does not do `work`, the problem says why, and holds the SQL for somebody who can have it done. */
async function orSql<Result>(
  trigger: Trigger,
  sqlFor: (status: TriggerAssessment) => string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const failure = explainDatabaseError(error);
    const isRefused = error instanceof RefusedError;
    if (!isRefused && failure?.kind !== 'insufficient_privilege') throw error;
    const status = await trigger.status();
    const sql = sqlFor(status);
    if (isRefused) throw new ProblemError('migration_refused', error.message, { sql });
    throw new ProblemError('insufficient_privilege', `${failure?.detail} ${status.platform.reason}`, { sql });
  }
}

const namesOf = (eventTriggers: EventTrigger[]) => eventTriggers.map(({ name }) => name);

function present(status: TriggerAssessment): Static<typeof contract.TriggerStatus> {
  return {
    state: status.state,
    version: migration.version,
    installedVersion: status.installedVersion,
    eventTriggers: status.installed.map(presentEventTrigger),
    problems: status.problems,
    warnings: status.warnings,
    channels: status.knowledge.channels,
    exposedSchemas: {
      trigger: status.knowledge.exposedSchemas,
      postgrest: status.postgrest.exposedSchemas ?? null,
    },
    platform: {
      name: status.platform.name,
      mayInstall: status.platform.mayInstall,
      reason: status.platform.reason,
    },
    others: status.others.map(({ kind, reloads, trigger, evidence, gaps }) => {
      return { kind, reloads, trigger: presentEventTrigger(trigger), evidence, gaps };
    }),
    misses: status.misses,
  };
}

function presentEventTrigger(trigger: EventTrigger): Static<typeof contract.EventTrigger> {
  const { name, event, enabled, owner, functionSchema, functionName, functionOwner } = trigger;
  return { name, event, enabled, owner, function: qualify(functionSchema, functionName), functionOwner };
}
