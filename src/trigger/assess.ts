import type { EventTrigger, TriggerFacts } from './inspect.js';
import { type Migration, names } from './migration.js';
import { type Notifier, recognizeNotifier } from './recognize.js';

export type TriggerProblemCode =
  | 'missing'
  | 'incomplete'
  | 'disabled'
  | 'replica_only'
  | 'altered_code'
  | 'wrong_owner'
  | 'event_triggers_off'
  | 'other_channel';

export interface TriggerProblem {
  code: TriggerProblemCode;
  detail: string;
  remedy: string;
}

/** What is installed, and what is wrong with it. */
export interface TriggerAssessment {
  /** The worst that can be said of it: `ok` with no problem, else the first problem's code. */
  state: 'ok' | TriggerProblemCode;
  problems: TriggerProblem[];
  /** Ours, in the order of their events; one or both may be missing. */
  installed: EventTrigger[];
  /** Who else tells PostgREST to reload. */
  others: Notifier[];
  /** What no event trigger can see, or this one does not on this database. */
  misses: string[];
}

const repair = 'POST /trigger/install';
const enable = 'POST /trigger/enable';

/** Judges the facts against the migration of this version; `channel` is the one that PostgREST listens on. */
export function assessTrigger(facts: TriggerFacts, migration: Migration, channel: string): TriggerAssessment {
  const installed = [names.onChange, names.onDrop].flatMap((name) =>
    facts.eventTriggers.filter((trigger) => trigger.name === name),
  );
  const problems = findProblems(installed, facts, migration, channel);
  const others = facts.eventTriggers
    .filter((trigger) => !installed.includes(trigger))
    .flatMap((trigger) => recognizeNotifier(trigger, channel) ?? []);
  return { state: problems[0]?.code ?? 'ok', problems, installed, others, misses: missesOf(installed) };
}

function findProblems(
  installed: EventTrigger[],
  facts: TriggerFacts,
  migration: Migration,
  channel: string,
): TriggerProblem[] {
  const [first] = installed;
  if (first === undefined) return [problem('missing', 'The event trigger is not installed.', repair)];
  const absent = first.name === names.onChange ? names.onDrop : names.onChange;
  const incomplete = problem('incomplete', `The event trigger ${absent} is missing.`, repair);
  return [
    ...(installed.length < 2 ? [incomplete] : []),
    ...installed.flatMap((trigger) => problemsOf(trigger, migration)),
    ...problemsAround(facts, channel),
  ];
}

function problemsOf(trigger: EventTrigger, migration: Migration): TriggerProblem[] {
  const { name, owner, functionOwner } = trigger;
  const problems: TriggerProblem[] = [];
  if (trigger.enabled === 'disabled') {
    problems.push(problem('disabled', `The event trigger ${name} is disabled.`, enable));
  }
  if (trigger.enabled === 'replica') {
    const detail = `The event trigger ${name} fires under session_replication_role = replica only.`;
    problems.push(problem('replica_only', detail, enable));
  }
  if (!hasCodeOf(trigger, migration)) {
    const detail = `What ${name} runs is not the code of this version (${migration.version}).`;
    problems.push(problem('altered_code', detail, repair));
  }
  if (owner !== functionOwner) {
    const detail = `${name} belongs to ${owner} and its function to ${functionOwner}, who can change what it runs.`;
    problems.push(problem('wrong_owner', detail, repair));
  }
  return problems;
}

function problemsAround({ eventTriggersOn, channel }: TriggerFacts, listenedOn: string): TriggerProblem[] {
  const problems: TriggerProblem[] = [];
  if (!eventTriggersOn) {
    const detail = 'The server runs with event_triggers = off.';
    problems.push(problem('event_triggers_off', detail, 'set event_triggers to on'));
  }
  const notified = channel || 'pgrst';
  if (notified !== listenedOn) {
    const detail = `The trigger notifies on ${notified}, PostgREST listens on ${listenedOn}.`;
    problems.push(problem('other_channel', detail, `alter database <name> set pgrst.db_channel = '${listenedOn}'`));
  }
  return problems;
}

function problem(code: TriggerProblemCode, detail: string, remedy: string): TriggerProblem {
  return { code, detail, remedy };
}

function hasCodeOf(trigger: EventTrigger, migration: Migration): boolean {
  return (
    trigger.event === (trigger.name === names.onDrop ? 'sql_drop' : 'ddl_command_end') &&
    trigger.tags === null &&
    trigger.functionSchema === names.schema &&
    trigger.functionName === names.function &&
    trigger.source === migration.functionBody &&
    trigger.settings.join() === 'search_path=pg_catalog, pg_temp' &&
    !trigger.securityDefiner
  );
}

function missesOf(installed: EventTrigger[]): string[] {
  const inReplicaMode = installed.some((trigger) => trigger.enabled === 'origin');
  return [
    'roles, role membership and settings of roles and databases, such as pgrst.db_schemas',
    'direct changes to the system catalogs',
    'DDL in single-user mode and, from PostgreSQL 17, under event_triggers = off',
    ...(inReplicaMode ? ['DDL under session_replication_role = replica'] : []),
  ];
}
