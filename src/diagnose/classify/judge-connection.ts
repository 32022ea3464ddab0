import { quoteIdentifier } from '../../model/identifier.js';
import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import { type Reported, textual } from '../parse/reported.js';
import { lost } from './conclusions.js';
import { failingSchemas, missingSchemas } from './exposed-setting.js';
import { clip, notify, shown } from './words.js';

/** PostgREST could not use its database. */
export function judgeConnection(reported: Reported, facts: Facts): Judgement {
  const limit = judgeLimit(reported, facts);
  if (limit !== undefined) return limit;
  const remote = judgeRemote(reported, facts);
  if (remote !== undefined) return remote;
  const { failure, surroundings } = facts;
  if (failure !== undefined) return unreachable(failure);
  const trouble = judgeInstances(facts);
  if (trouble !== undefined) return trouble;
  const sessions = surroundings?.logins.reduce((sum, login) => sum + login.sessions, 0) ?? 0;
  if (sessions === 0) {
    const why = reasonIn(reported);
    return {
      verdict: 'database_unreachable',
      explanation: `PostgreSQL answers here, but no session of PostgREST is seen in it.${why === undefined ? '' : ` PostgREST says: ${clip(why)}`}`,
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

/** A connection that PostgreSQL itself makes, to a foreign server. */
function judgeRemote({ code, message }: Reported, { named, failure }: Facts): Judgement | undefined {
  const foreign = named?.relations.find(({ kind }) => kind === 'foreign_table');
  if (failure !== undefined || !/^08/.test(code) || (foreign === undefined && !/server "/.test(message)))
    return undefined;
  const of =
    foreign === undefined ? 'a foreign table or dblink' : `the foreign table ${shown(foreign.schema, foreign.name)}`;
  return {
    verdict: 'not_about_the_schema',
    explanation: `PostgreSQL could not reach the server behind ${of}: ${clip(message)}.`,
    remedy: { action: 'Look at the options of the foreign server and its user mapping. No reload helps.' },
  };
}

/** What PostgreSQL told PostgREST when it refused the connection. */
function reasonIn({ message, details }: Reported): string | undefined {
  return /FATAL: +([^\n]+)/.exec(`${message}\n${textual(details)}`)?.[1];
}

/** A limit of connections that PostgREST ran into: of its role, of the database, or of PostgreSQL. */
function judgeLimit(reported: Reported, facts: Facts): Judgement | undefined {
  const text = `${reported.message}\n${textual(reported.details)}`;
  const role = /too many connections for role "(.+?)"/.exec(text)?.[1];
  const database = /too many connections for database "(.+?)"/.exec(text)?.[1];
  if (role !== undefined) return ofRole(role, facts);
  if (database !== undefined) {
    return {
      verdict: 'pool_exhausted',
      explanation: `The database ${shown(database)} takes no more connections: its connection limit is reached.`,
      remedy: {
        action: 'Raise the limit, or give PostgREST a smaller db-pool.',
        sql: `alter database ${quoteIdentifier(database)} connection limit -1;`,
      },
    };
  }
  if (!/too many clients|connection slots/.test(text)) return undefined;
  return {
    verdict: 'pool_exhausted',
    explanation: 'PostgreSQL had no connection left (max_connections).',
    remedy: {
      action:
        'Give PostgREST and others smaller pools (db-pool, for each instance), put a pooler before them, or raise max_connections.',
    },
  };
}

function ofRole(role: string, { surroundings, failure }: Facts): Judgement {
  const login = surroundings?.logins.find((each) => each.role === role);
  const limit = login?.connectionLimit;
  if (failure === undefined && limit === -1) {
    return {
      verdict: 'resolved',
      explanation: `PostgreSQL refused the role ${shown(role)} a connection over its limit; it has no limit any more.`,
      remedy: { action: 'Send the request again.' },
    };
  }
  const is = limit === undefined ? '' : ` (connection limit ${limit})`;
  return {
    verdict: 'pool_exhausted',
    explanation: `The role ${shown(role)}, as which PostgREST connects, may have no more connections${is}. An instance takes one for its listener beside those of db-pool.`,
    remedy: {
      action: 'Raise the limit of the role over the connections of all instances, or give PostgREST a smaller db-pool.',
      sql: `alter role ${quoteIdentifier(role)} connection limit -1;`,
    },
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
  const missing = failingSchemas(facts);
  if (missing.length > 0) return lost(facts, 'An instance had no schema cache.', missing);
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
  const explanation = `No schema cache, and none can be loaded so far: ${urls}.`;
  const missing = missingSchemas(facts);
  if (missing.length > 0) return lost(facts, explanation, missing);
  return {
    verdict: 'load_failing',
    explanation,
    remedy: {
      action:
        'Read the log of PostgREST, which names what the database refused: a schema of db-schemas or db-extra-search-path that does not exist, a timeout, a lock, a privilege. It tries again by itself.',
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
