import pg from 'pg';
import { placeOf, resetSql } from '../model/role-settings.js';
import { noSchema } from '../model/schema-list.js';
import type { EventTrigger, TriggerFacts } from './inspect.js';
import { nameOf, versionOf } from './installed.js';
import type { Knowledge } from './knowledge.js';
import { migration, names } from './migration.js';

export const triggerProblemCodes = [
  'missing',
  'incomplete',
  'disabled',
  'replica_only',
  'outdated',
  'altered_code',
  'wrong_owner',
  'event_triggers_off',
  'silenced',
  'other_channel',
  'other_schemas',
] as const;
export type TriggerProblemCode = (typeof triggerProblemCodes)[number];

export interface Remark<Code> {
  code: Code;
  detail: string;
  remedy: string;
}

export type TriggerProblem = Remark<TriggerProblemCode>;

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
  const absent = without([names.onChange, names.onDrop], installed.map(nameOf));
  return [
    ...absent.map((name): TriggerProblem => {
      return { code: 'incomplete', detail: `The event trigger ${name} is missing.`, remedy: install };
    }),
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
  for (const setting of silencers) {
    const detail = `pgrst_ops.notify is set to ${setting.value} for ${placeOf(setting, database)}, and the trigger silent.`;
    problems.push({ code: 'silenced', detail, remedy: resetSql(setting, database) });
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
    const detail = `The trigger notifies on ${channels.join(', ')}, PostgREST listens on ${postgrest.channel}, which it takes from its file or environment alone.`;
    problems.push({ code: 'other_channel', detail, remedy: tell(database, 'db_channel', [postgrest.channel]) });
  }
  const exposed = exposedBy(postgrest) ?? [];
  const unknown = without(exposed, exposedSchemas ?? exposed);
  if (unknown.length > 0) {
    const detail = `PostgREST exposes ${unknown.join(', ')}, and the trigger is silent about changes there.`;
    const remedy = tell(database, 'db_schemas', exposed);
    problems.push({ code: 'other_schemas', detail, remedy });
  }
  return problems;
}

/** SQL that tells the trigger; what is set for the database adds to what is set for roles. */
export function tell(database: string, setting: 'db_channel' | 'db_schemas', values: readonly string[]): string {
  return `alter database ${pg.escapeIdentifier(database)} set pgrst.${setting} = ${pg.escapeLiteral(values.join(', '))}`;
}

/** The schemas that PostgREST says it exposes, of those that there can be. */
export function exposedBy({ exposedSchemas }: PostgrestSide): string[] | undefined {
  return exposedSchemas === undefined ? undefined : without(exposedSchemas, [noSchema]);
}

export function without(values: readonly string[], others: readonly string[]): string[] {
  return values.filter((value) => !others.includes(value));
}
