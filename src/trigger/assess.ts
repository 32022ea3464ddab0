import type { EventTrigger, TriggerFacts } from './inspect.js';
import { installedVersion, oursAmong, versionOf } from './installed.js';
import { type Knowledge, knowledgeOf } from './knowledge.js';
import { migration } from './migration.js';
import { judgePlatform, type Platform } from './platform.js';
import { findProblems, type PostgrestSide, type TriggerProblem, type TriggerProblemCode } from './problems.js';
import { type Notifier, recognizeNotifier } from './recognize.js';
import { findWarnings, type TriggerWarning } from './warnings.js';

/** What is installed, and what is wrong with it. */
export interface TriggerAssessment {
  /** The worst that can be said of it: `ok` with no problem, else the first problem's code. */
  state: 'ok' | TriggerProblemCode;
  /** Which version's code is installed; null where none is, or it is nobody's. */
  installedVersion: number | null;
  problems: TriggerProblem[];
  /** What costs something, but hides no change from PostgREST. */
  warnings: TriggerWarning[];
  /** Ours, those with a name of ours first, in the order of their events; one or both may be missing. */
  installed: EventTrigger[];
  /** Who else notifies PostgREST, or may. */
  others: Notifier[];
  knowledge: Knowledge;
  postgrest: PostgrestSide;
  platform: Platform;
  /** What no event trigger can see, or this one does not on this database. */
  misses: string[];
}

/** Judges the facts against the migration of this version and what PostgREST says of itself. */
export function assessTrigger(facts: TriggerFacts, postgrest: PostgrestSide): TriggerAssessment {
  const installed = oursAmong(facts.eventTriggers);
  const knowledge = knowledgeOf(facts.settings);
  const platform = judgePlatform(facts);
  const problems = findProblems(installed, facts, knowledge, postgrest);
  const others = facts.eventTriggers
    .filter((trigger) => !installed.includes(trigger))
    .flatMap((trigger) => recognizeNotifier(trigger, postgrest.channel, facts.sendings.get(trigger.name) ?? []) ?? []);
  return {
    state: problems[0]?.code ?? 'ok',
    installedVersion: installedVersion(installed),
    problems,
    warnings: findWarnings(installed, facts, knowledge, postgrest),
    installed,
    others,
    knowledge,
    postgrest,
    platform,
    misses: [...missesOf(installed), ...platform.misses],
  };
}

function missesOf(installed: EventTrigger[]): string[] {
  const inReplicaMode = installed.some((trigger) => trigger.enabled === 'origin');
  const hasRules = installed.some((trigger) => versionOf(trigger) === migration);
  return [
    'roles, role membership and settings of roles and databases, such as pgrst.db_schemas',
    'direct changes to the system catalogs, and REASSIGN OWNED',
    'DDL in single-user mode and, from PostgreSQL 17, under event_triggers = off',
    ...(hasRules ? ['what db-pre-config reads: tables, views, functions with parameters (see docs/trigger.md)'] : []),
    ...(inReplicaMode ? ['DDL under session_replication_role = replica'] : []),
  ];
}
