import pg from 'pg';
import type { EventTrigger, TriggerFacts } from './inspect.js';
import { versionOf } from './installed.js';
import type { Knowledge } from './knowledge.js';
import { migration, names } from './migration.js';

export type TriggerProblemCode =
  | 'missing'
  | 'incomplete'
  | 'disabled'
  | 'replica_only'
  | 'outdated'
  | 'altered_code'
  | 'wrong_owner'
  | 'event_triggers_off'
  | 'silenced'
  | 'other_channel'
  | 'other_schemas';

export type TriggerWarningCode = 'schemas_unknown' | 'more_schemas' | 'prepared_transactions';

export interface Remark<Code> {
  code: Code;
  detail: string;
  remedy: string;
}

export type TriggerProblem = Remark<TriggerProblemCode>;
export type TriggerWarning = Remark<TriggerWarningCode>;

/** What PostgREST says of itself. */
export interface PostgrestSide {
  channel: string;
  /** Of all instances that answered; undefined where none did. */
  exposedSchemas: string[] | undefined;
}

const install = 'POST /trigger/install';
const enable = 'POST /trigger/enable';

/** What keeps the trigger from telling PostgREST of a change, the worst first. */
export function findProblems(
  installed: EventTrigger[],
  facts: TriggerFacts,
  knowledge: Knowledge,
  postgrest: PostgrestSide,
): TriggerProblem[] {
  const [first] = installed;
  if (first === undefined) return [{ code: 'missing', detail: 'The event trigger is not installed.', remedy: install }];
  const absent = first.name === names.onChange ? names.onDrop : names.onChange;
  const incomplete = {
    code: 'incomplete',
    detail: `The event trigger ${absent} is missing.`,
    remedy: install,
  } as const;
  return [
    ...(installed.length < 2 ? [incomplete] : []),
    ...installed.flatMap(problemsOf),
    ...problemsAround(facts, knowledge),
    ...differences(facts, knowledge, postgrest),
  ];
}

function problemsOf(trigger: EventTrigger): TriggerProblem[] {
  const { name, owner, functionOwner } = trigger;
  const problems: TriggerProblem[] = [];
  if (trigger.enabled === 'disabled') {
    problems.push({ code: 'disabled', detail: `The event trigger ${name} is disabled.`, remedy: enable });
  }
  if (trigger.enabled === 'replica') {
    const detail = `The event trigger ${name} fires under session_replication_role = replica only.`;
    problems.push({ code: 'replica_only', detail, remedy: enable });
  }
  const installed = versionOf(trigger);
  if (installed === undefined) {
    const detail = `What ${name} runs is not the code of this version (${migration.version}).`;
    problems.push({ code: 'altered_code', detail, remedy: install });
  } else if (installed !== migration) {
    const detail = `${name} runs version ${installed.version}, and this service has version ${migration.version}.`;
    problems.push({ code: 'outdated', detail, remedy: install });
  }
  if (owner !== functionOwner) {
    const detail = `${name} belongs to ${owner} and its function to ${functionOwner}, who can change what it runs.`;
    problems.push({ code: 'wrong_owner', detail, remedy: install });
  }
  return problems;
}

function problemsAround({ eventTriggersOn, database }: TriggerFacts, { silencers }: Knowledge): TriggerProblem[] {
  const problems: TriggerProblem[] = [];
  if (!eventTriggersOn) {
    const detail = 'The server runs with event_triggers = off.';
    problems.push({ code: 'event_triggers_off', detail, remedy: 'set event_triggers to on' });
  }
  for (const { role, inDatabase, value } of silencers) {
    const scope = inDatabase ? ` in database ${pg.escapeIdentifier(database)}` : '';
    const whose =
      role === null && inDatabase ? `database ${pg.escapeIdentifier(database)}` : `role ${role ?? 'all'}${scope}`;
    const detail = `pgrst_ops.notify is set to ${value} for ${whose}, and the trigger silent.`;
    problems.push({ code: 'silenced', detail, remedy: `alter ${whose} reset pgrst_ops.notify` });
  }
  return problems;
}

function differences(
  { database }: TriggerFacts,
  { channels, exposedSchemas }: Knowledge,
  postgrest: PostgrestSide,
): TriggerProblem[] {
  const problems: TriggerProblem[] = [];
  if (!channels.includes(postgrest.channel)) {
    const detail = `The trigger notifies on ${channels.join(', ')}, PostgREST listens on ${postgrest.channel}.`;
    problems.push({ code: 'other_channel', detail, remedy: tell(database, 'db_channel', [postgrest.channel]) });
  }
  const unknown = without(postgrest.exposedSchemas ?? [], exposedSchemas ?? postgrest.exposedSchemas ?? []);
  if (unknown.length > 0) {
    const detail = `PostgREST exposes ${unknown.join(', ')}, and the trigger is silent about changes there.`;
    const remedy = tell(database, 'db_schemas', postgrest.exposedSchemas ?? []);
    problems.push({ code: 'other_schemas', detail, remedy });
  }
  return problems;
}

/** What costs something, but hides no change. */
export function findWarnings(
  { database, maxPreparedTransactions }: TriggerFacts,
  { exposedSchemas }: Knowledge,
  postgrest: PostgrestSide,
): TriggerWarning[] {
  const warnings: TriggerWarning[] = [];
  if (exposedSchemas === null) {
    const detail = 'Nobody told the trigger which schemas are exposed: it notifies of changes in every schema.';
    const remedy = tell(database, 'db_schemas', postgrest.exposedSchemas ?? ['<the exposed schemas>']);
    warnings.push({ code: 'schemas_unknown', detail, remedy });
  }
  const more = postgrest.exposedSchemas === undefined ? [] : without(exposedSchemas ?? [], postgrest.exposedSchemas);
  if (more.length > 0) {
    const detail = `The trigger notifies of changes in ${more.join(', ')}, which PostgREST does not expose.`;
    warnings.push({
      code: 'more_schemas',
      detail,
      remedy:
        'have PostgREST take it up (POST /schema/reload with {"config": true}), or take it out of pgrst.db_schemas where it is not meant',
    });
  }
  if (maxPreparedTransactions > 0) {
    const detail = `max_prepared_transactions is ${maxPreparedTransactions}, and PREPARE TRANSACTION fails after a notification.`;
    warnings.push({
      code: 'prepared_transactions',
      detail,
      remedy:
        'begin such a transaction with `set local pgrst_ops.notify = off`, and POST /schema/reload after its commit',
    });
  }
  return warnings;
}

function tell(database: string, setting: 'db_channel' | 'db_schemas', values: readonly string[]): string {
  return `alter database ${pg.escapeIdentifier(database)} set pgrst.${setting} = ${pg.escapeLiteral(values.join(', '))}`;
}

function without(values: readonly string[], others: readonly string[]): string[] {
  return values.filter((value) => !others.includes(value));
}
