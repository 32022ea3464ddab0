import type { Deafness } from '../sessions/deafness.js';
import type { Listener, Listeners } from '../sessions/listeners.js';
import { describeRestless, type Restless } from './turnover.js';

export type FleetProblemCode =
  | 'standby'
  | 'listeners_hidden'
  | 'nobody_listens'
  | 'instance_does_not_listen'
  | 'other_channel'
  | 'unknown_listener'
  | 'listener_comes_and_goes';

/** Why notifications do not reach every instance, or reach others. */
export interface FleetProblem {
  code: FleetProblemCode;
  detail: string;
}

export interface FleetFacts {
  channel: string;
  /** The instances that answer and have no listener. */
  deaf: readonly string[];
  listeners: Listeners;
  /** The listeners that are of no known instance. */
  others: readonly Listener[];
  deafness: Deafness;
  restless: readonly Restless[];
}

const causes =
  'db-channel-enabled is false, it reaches PostgreSQL through a transaction-mode pooler, or its listener died (before 14.11 silently)';

/** What is wrong with who listens, the cause first. */
export function fleetProblems(facts: FleetFacts): FleetProblem[] {
  const { channel, deaf, listeners, others, deafness, restless } = facts;
  const problems: FleetProblem[] = [];
  const add = (code: FleetProblemCode, detail: string) => problems.push({ code, detail });
  if (deafness.isStandby) {
    add('standby', 'This PostgreSQL is a standby, where nobody can listen: give DATABASE_URL the primary.');
  }
  if (!listeners.complete) {
    add('listeners_hidden', 'The database role may not see who listens: grant it pg_read_all_stats.');
    return problems;
  }
  if (listeners.listening.length === 0) {
    const sessions =
      deafness.otherSessions > 0 ? ` ${deafness.otherSessions} sessions of PostgREST are connected.` : '';
    add('nobody_listens', `No session of this database listens on ${channel}.${sessions} Perhaps ${causes}.`);
  } else {
    for (const url of deaf) {
      add(
        'instance_does_not_listen',
        `${url} answers, and no session that listens on ${channel} is its own: ${causes}.`,
      );
    }
  }
  for (const each of restless) add('listener_comes_and_goes', describeRestless(each));
  for (const { pid, channel: other } of listeners.elsewhere.filter(isPostgrest)) {
    const remedy = 'set its db-channel, or PGRST_DB_CHANNEL here';
    add('other_channel', `A PostgREST (pid ${pid}) listens on ${other}, not on ${channel}: ${remedy}.`);
  }
  for (const { pid, applicationName, clientAddress } of others.filter(isPostgrest)) {
    const from = clientAddress === null ? '' : ` from ${clientAddress}`;
    add(
      'unknown_listener',
      `${applicationName} (pid ${pid}${from}) listens and is none of POSTGREST_URLS: nothing proves that it is fresh.`,
    );
  }
  return problems;
}

function isPostgrest({ applicationName }: Listener): boolean {
  return applicationName.startsWith('PostgREST');
}
