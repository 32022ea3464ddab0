import { quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import { missingSchemas } from './exposed-setting.js';
import { notify } from './words.js';

/** PostgREST could not use its database. */
export function judgeConnection(facts: Facts): Judgement {
  const { failure, surroundings } = facts;
  if (failure !== undefined) return unreachable(failure);
  const trouble = judgeInstances(facts);
  if (trouble !== undefined) return trouble;
  const sessions = surroundings?.logins.reduce((sum, login) => sum + login.sessions, 0) ?? 0;
  if (sessions === 0) {
    return {
      verdict: 'database_unreachable',
      explanation: 'PostgreSQL answers here, but no session of PostgREST is seen in it.',
      remedy: {
        action: 'Look at db-uri of PostgREST: host, port, database, role and password; its log has the reason.',
      },
    };
  }
  return {
    verdict: 'resolved',
    explanation: 'PostgreSQL answers and PostgREST has sessions in it: the connection has come back since.',
    remedy: { action: 'None. Send the request again.' },
  };
}

/** PostgREST had no connection to spare (PGRST003). */
export function judgePool({ failure }: Facts): Judgement {
  if (failure !== undefined) return unreachable(failure);
  return {
    verdict: 'pool_exhausted',
    explanation: 'All connections of the pool of PostgREST were busy for longer than a request may wait.',
    remedy: { action: 'Look for slow or blocked requests in pg_stat_activity; then think of a larger db-pool.' },
  };
}

/** PostgREST had no schema cache to answer from (PGRST002). */
export function judgeLoad(facts: Facts): Judgement {
  if (facts.failure !== undefined) return unreachable(facts.failure);
  return (
    judgeInstances(facts) ?? {
      verdict: 'resolved',
      explanation: 'Every instance has a schema cache now: it was loading, or has loaded since.',
      remedy: { action: 'None. Send the request again.' },
    }
  );
}

/** What keeps instances from answering; undefined where all do. */
export function judgeInstances(facts: Facts): Judgement | undefined {
  const withError = (code: string) => facts.instances.filter(({ error }) => error?.code === code);
  const loading = withError('no_schema_cache');
  if (loading.length > 0) return loadFailing(facts, loading.map(({ url }) => url).join(', '));
  const cutOff = withError('database_unreachable');
  if (cutOff.length > 0) return unreachable(`${cutOff.map(({ url }) => url).join(', ')} cannot reach it.`);
  const silent = facts.instances.filter(({ error }) => error !== undefined);
  if (silent.length === 0) return undefined;
  return {
    verdict: 'postgrest_unreachable',
    explanation: `Nothing can be told of ${silent.map(({ url }) => url).join(', ')}: ${silent[0]?.error?.message}`,
    remedy: { action: 'Start the instance, or correct its address or our credentials for it; then ask again.' },
  };
}

function loadFailing(facts: Facts, urls: string): Judgement {
  const missing = missingSchemas(facts);
  const because =
    missing.length === 0
      ? ''
      : ` pgrst.db_schemas names what does not exist: ${missing.map(quoteIdentifier).join(', ')}.`;
  return {
    verdict: 'load_failing',
    explanation: `No schema cache, and none can be loaded so far: ${urls}.${because}`,
    remedy: {
      action:
        'Read the log of PostgREST, which names what the database refused: a schema that does not exist, a timeout, a lock, a privilege. It tries again by itself.',
      sql: notify(facts.channel, 'reload schema'),
    },
  };
}

export function unreachable(why: string): Judgement {
  return {
    verdict: 'database_unreachable',
    explanation: `What lies behind the error cannot be told without PostgreSQL. ${why}`,
    remedy: { action: 'Bring PostgreSQL back, or correct the connection to it; then ask again.' },
  };
}
