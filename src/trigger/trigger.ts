import type pg from 'pg';
import { readWrite } from '../catalog/database.js';
import { assessTrigger, type TriggerAssessment } from './assess.js';
import { inspectTrigger } from './inspect.js';
import { alterSql, migration } from './migration.js';

export type InstallOutcome = 'created' | 'repaired' | 'unchanged';

/** The event trigger of one database. Every function throws what node-postgres throws. */
export interface Trigger {
  status(): Promise<TriggerAssessment>;
  /** Runs the migration, unless all is as it leaves it. */
  install(): Promise<{ outcome: InstallOutcome; status: TriggerAssessment }>;
  uninstall(): Promise<TriggerAssessment>;
  /** Enables what is installed, also under `session_replication_role = replica`. */
  enable(): Promise<TriggerAssessment>;
  disable(): Promise<TriggerAssessment>;
}

/** `channel` is the one that PostgREST listens on. */
export function createTrigger(pool: pg.Pool, channel: string): Trigger {
  const assess = async (client: pg.Pool | pg.PoolClient) =>
    assessTrigger(await inspectTrigger(client), migration, channel);

  const change = (sqlFor: (before: TriggerAssessment) => string) =>
    readWrite(pool, async (client) => {
      // Behind the same lock as the migration: what is read here holds until it is changed.
      await client.query(`select pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'))`);
      const before = await assess(client);
      const sql = sqlFor(before);
      if (sql !== '') await client.query(sql);
      return { before, after: await assess(client) };
    });

  const alterInstalled = async (action: Parameters<typeof alterSql>[0]) => {
    const alter = ({ installed }: TriggerAssessment) =>
      alterSql(
        action,
        installed.map(({ name }) => name),
      );
    return (await change(alter)).after;
  };

  return {
    status: () => assess(pool),
    async install() {
      const isDue = (before: TriggerAssessment) => before.problems.some(({ code }) => repairable.has(code));
      const { before, after } = await change((found) => (isDue(found) ? migration.up : ''));
      const outcome = before.state === 'missing' ? 'created' : isDue(before) ? 'repaired' : 'unchanged';
      return { outcome, status: after };
    },
    uninstall: async () => (await change(() => migration.down)).after,
    enable: () => alterInstalled('enable always'),
    disable: () => alterInstalled('disable'),
  };
}

// The others are settings of the server or the database, which a migration has no business changing.
const repairable = new Set(['missing', 'incomplete', 'disabled', 'replica_only', 'altered_code', 'wrong_owner']);
