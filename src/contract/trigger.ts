import { Type } from '@sinclair/typebox';
import { triggerProblemCodes } from '../trigger/problems.js';
import { notifierKinds, reloadAnswers } from '../trigger/recognize.js';
import { triggerWarningCodes } from '../trigger/warnings.js';
import { ref, stringEnum } from './common.js';

const remarks = <Code extends string>(codes: readonly Code[], description: string) =>
  Type.Array(
    Type.Object({
      code: stringEnum(codes),
      detail: Type.String(),
      remedy: Type.String({ description: 'What ends it: SQL, or a request to this service' }),
    }),
    { description },
  );

export const EventTrigger = Type.Object(
  {
    name: Type.String(),
    event: Type.String({
      description: '`ddl_command_end`, `sql_drop`; of others also `ddl_command_start`, `table_rewrite`, `login`',
    }),
    enabled: stringEnum(['always', 'origin', 'replica', 'disabled'] as const),
    owner: Type.String(),
    function: Type.String({ description: 'What it runs, qualified' }),
    functionOwner: Type.String(),
  },
  { $id: 'EventTrigger', title: 'EventTrigger', description: 'An event trigger of the database' },
);

export const TriggerStatus = Type.Object(
  {
    state: stringEnum(['ok', ...triggerProblemCodes] as const, '`ok`, or the first of the problems'),
    version: Type.Integer({ description: 'The version that this service installs' }),
    installedVersion: Type.Union([Type.Integer(), Type.Null()], {
      description: 'The version whose code is installed; null where none is, or what is there is of none',
    }),
    eventTriggers: Type.Array(ref(EventTrigger), {
      description: 'Ours, as installed: what runs our function, whatever its name',
    }),
    problems: remarks(triggerProblemCodes, 'Why PostgREST may not be told of a change'),
    warnings: remarks(triggerWarningCodes, 'What costs something, but hides no change from PostgREST'),
    channels: Type.Array(Type.String(), { description: 'Where the trigger notifies' }),
    exposedSchemas: Type.Object(
      {
        trigger: Type.Union([Type.Array(Type.String()), Type.Null()], {
          description: 'As roles and database are set; null where they are not, and every schema counts as exposed',
        }),
        postgrest: Type.Union([Type.Array(Type.String()), Type.Null()], {
          description: 'As the instances say; null where none could be asked',
        }),
      },
      { description: 'Both ideas of what is exposed' },
    ),
    platform: Type.Object({
      name: stringEnum(['postgresql', 'supabase', 'rds', 'neon'] as const),
      mayInstall: Type.Boolean({ description: 'Whether our database role may, as far as the catalogs tell' }),
      reason: Type.String(),
    }),
    others: Type.Array(
      Type.Object({
        kind: stringEnum(
          notifierKinds,
          'What its code says: `documented_*` and `supabase_*` are known ones, `on_login` fires at logins, `config_only` sends `reload config` alone, `may_notify` does not say for certain whether it notifies',
        ),
        reloads: stringEnum(reloadAnswers, 'Whether PostgREST loads its schema cache at what it sends'),
        trigger: ref(EventTrigger),
        evidence: Type.String({ description: 'The text of its code that says so' }),
        gaps: Type.Array(Type.String(), { description: 'What it is known to miss or to fire on for nothing' }),
      }),
      { description: 'Who else notifies PostgREST, or may' },
    ),
    misses: Type.Array(Type.String(), { description: 'What an event trigger cannot see' }),
  },
  { $id: 'TriggerStatus', title: 'TriggerStatus', description: 'The state of the event trigger' },
);

export const Installation = Type.Object(
  {
    outcome: stringEnum(['created', 'upgraded', 'repaired', 'unchanged'] as const),
    status: ref(TriggerStatus),
  },
  { $id: 'Installation', title: 'Installation', description: 'What an installation came to' },
);

export const InstallationPlan = Type.Object(
  { outcome: stringEnum(['dry_run'] as const), sql: Type.String({ description: 'What an installation runs' }) },
  { $id: 'InstallationPlan', title: 'InstallationPlan', description: 'What an installation would run' },
);

export const InstallQuery = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ description: 'Return the SQL and run nothing', default: false })) },
  { additionalProperties: false },
);
