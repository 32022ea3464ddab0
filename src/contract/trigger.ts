import { Type } from '@sinclair/typebox';
import { ref, stringEnum } from './common.js';

const problemCodes = [
  'missing',
  'incomplete',
  'disabled',
  'replica_only',
  'altered_code',
  'wrong_owner',
  'event_triggers_off',
  'other_channel',
] as const;

export const EventTrigger = Type.Object(
  {
    name: Type.String(),
    event: Type.String({ description: '`ddl_command_end`, `sql_drop`' }),
    enabled: stringEnum(['always', 'origin', 'replica', 'disabled'] as const),
    owner: Type.String(),
    function: Type.String({ description: 'What it runs, qualified' }),
    functionOwner: Type.String(),
  },
  { $id: 'EventTrigger', title: 'EventTrigger', description: 'An event trigger of the database' },
);

export const TriggerStatus = Type.Object(
  {
    state: stringEnum(['ok', ...problemCodes] as const, '`ok`, or the first of the problems'),
    version: Type.Integer({ description: 'The migration that this service installs' }),
    eventTriggers: Type.Array(ref(EventTrigger), { description: 'Ours, as installed' }),
    problems: Type.Array(
      Type.Object({
        code: stringEnum(problemCodes),
        detail: Type.String(),
        remedy: Type.String({ description: 'What ends it' }),
      }),
    ),
    others: Type.Array(
      Type.Object({
        kind: stringEnum([
          'documented_simple',
          'documented_ddl_watch',
          'documented_drop_watch',
          'supabase_ddl_watch',
          'supabase_drop_watch',
          'other',
        ] as const),
        trigger: ref(EventTrigger),
        gaps: Type.Array(Type.String(), { description: 'What it is known to miss or to fire on for nothing' }),
      }),
      { description: 'Who else tells PostgREST to reload' },
    ),
    misses: Type.Array(Type.String(), { description: 'What an event trigger cannot see' }),
  },
  { $id: 'TriggerStatus', title: 'TriggerStatus', description: 'The state of the event trigger' },
);

export const Installation = Type.Object(
  {
    outcome: stringEnum(['created', 'repaired', 'unchanged'] as const),
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
