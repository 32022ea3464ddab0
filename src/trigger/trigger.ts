import pg from 'pg';
import { pinSearchPath } from '../postgres/connection.js';
import { explainDatabaseError } from '../postgres/errors.js';
import { readWrite } from '../postgres/transaction.js';
import { assessTrigger, type TriggerAssessment } from './assess.js';
import { inspectTrigger } from './inspect.js';
import { alterSql, migration } from './migration.js';
import type { PostgrestSide, TriggerProblem, TriggerProblemCode } from './problems.js';
import type { TriggerWarningCode } from './warnings.js';

export type InstallOutcome = 'created' | 'upgraded' | 'repaired' | 'unchanged';

/** PostgreSQL did not run our SQL, for a reason that says nothing of its state: an event trigger of others, for example. */
export class RefusedError extends Error {}

/** The event trigger of one database. Every function throws what node-postgres throws, and RefusedError. */
export interface Trigger {
  status(): Promise<TriggerAssessment>;
  /** Those of the status, without a look at the event triggers of others. */
  problems(): Promise<TriggerProblem[]>;
  /** Runs the migration, unless all is as it leaves it. */
  install(): Promise<{ outcome: InstallOutcome; status: TriggerAssessment }>;
  uninstall(): Promise<TriggerAssessment>;
  /** Enables what is installed, also under `session_replication_role = replica`. */
  enable(): Promise<TriggerAssessment>;
  disable(): Promise<TriggerAssessment>;
}

export interface TriggerOptions {
  pool: pg.Pool;
  /** The one that PostgREST listens on. */
  channel: string;
  /** What PostgREST exposes now; undefined where it cannot be asked. */
  exposedSchemas: () => Promise<string[] | undefined>;
}

export function createTrigger({ pool, channel, exposedSchemas }: TriggerOptions): Trigger {
  const askPostgrest = async (): Promise<PostgrestSide> => ({ channel, exposedSchemas: await exposedSchemas() });

  const change = async (sqlFor: (before: TriggerAssessment) => string) => {
    const postgrest = await askPostgrest();
    return readWrite(pool, async (client) => {
      // Behind the same lock as the migration: what is read here holds until it is changed.
      await client.query(`select pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'))`);
      const before = assessTrigger(await inspectTrigger(client), postgrest);
      const sql = sqlFor(before);
      if (sql !== '') await runDdl(client, sql);
      return { before, after: assessTrigger(await inspectTrigger(client), postgrest) };
    });
  };

  const alterInstalled = async (action: Parameters<typeof alterSql>[0]) => {
    const alter = ({ installed }: TriggerAssessment) =>
      alterSql(
        action,
        installed.map(({ name }) => name),
      );
    return (await change(alter)).after;
  };

  return {
    async status() {
      const [facts, postgrest] = await Promise.all([inspectTrigger(pool), askPostgrest()]);
      return assessTrigger(facts, postgrest);
    },
    async problems() {
      const [facts, postgrest] = await Promise.all([inspectTrigger(pool, { withOthers: false }), askPostgrest()]);
      return assessTrigger(facts, postgrest).problems;
    },
    async install() {
      const isDue = ({ problems, warnings }: TriggerAssessment) =>
        [...problems, ...warnings].some(({ code }) => repairable.has(code));
      const { before, after } = await change((found) => (isDue(found) ? migration.up : ''));
      return { outcome: isDue(before) ? outcomeAfter(before) : 'unchanged', status: after };
    },
    uninstall: async () => (await change(() => migration.down)).after,
    enable: () => alterInstalled('enable always'),
    disable: () => alterInstalled('disable'),
  };
}

async function runDdl(client: pg.ClientBase, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const isRefused = error instanceof pg.DatabaseError && explainDatabaseError(error) === undefined;
    throw isRefused ? new RefusedError(`PostgreSQL says: ${error.message} (SQLSTATE ${error.code}).`) : error;
  }
  // Event triggers of others fire at DDL of ours.
  await client.query(pinSearchPath);
}

function outcomeAfter({ state, problems }: TriggerAssessment): InstallOutcome {
  if (state === 'missing') return 'created';
  return problems.some(({ code }) => code === 'outdated') ? 'upgraded' : 'repaired';
}

// The others are settings of the server or the database, which a migration has no business changing.
const repairable = new Set<TriggerProblemCode | TriggerWarningCode>([
  'missing',
  'incomplete',
  'disabled',
  'replica_only',
  'outdated',
  'altered_code',
  'wrong_owner',
  'renamed',
]);
