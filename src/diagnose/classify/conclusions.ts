import { quoteIdentifier } from '../../model/identifier.js';
import type { Judgement, Remedy } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import { failingSchemas } from './exposed-setting.js';
import { clip, notify, shown } from './words.js';

/** The cache differs from the catalog. Where nobody listens, that is why, and a notification would not end it. */
export function stale(facts: Facts, explanation: string): Judgement {
  const failing = failingSchemas(facts);
  if (failing.length > 0) return lost(facts, explanation, failing);
  const { listeners } = facts.surroundings ?? {};
  if (listeners === undefined || !listeners.complete || listeners.listening.length > 0) {
    return { verdict: 'stale_cache', explanation, remedy: reload(facts) };
  }
  return {
    verdict: 'nobody_listens',
    explanation: `${explanation} No session listens on ${shown(facts.channel)}, so no notification can reach PostgREST.`,
    remedy: {
      action:
        'Restart PostgREST, or send it SIGUSR1. Then see to it that it listens: db-channel-enabled, the same db-channel, a connection without a transaction-mode pooler, not to a standby.',
    },
  };
}

export function reload(facts: Facts): Remedy {
  return { action: 'POST /schema/reload, or run the SQL.', sql: notify(facts.channel, 'reload schema') };
}

/** `judgement` of a stale cache, where the request asks for what the catalog does not have either. */
export function andGone(judgement: Judgement): Judgement {
  if (judgement.verdict !== 'stale_cache') return judgement;
  const then = 'Then the request has to ask for what PostgreSQL has: another name, or what a migration brings back.';
  return { ...judgement, remedy: { ...judgement.remedy, action: `${judgement.remedy.action} ${then}` } };
}

export function resolved(what: string): Judgement {
  return {
    verdict: 'resolved',
    explanation: `The schema cache of every instance has ${what} by now.`,
    remedy: { action: 'None. Send the request again.' },
  };
}

/** From PostgREST 13 on a schema that does not exist makes every load fail. */
export function lost(facts: Facts, explanation: string, missing: readonly string[]): Judgement {
  if (missing.includes(noSchemas)) return switchedOff(explanation);
  const names = missing.map((schema) => quoteIdentifier(schema));
  return {
    verdict: 'load_failing',
    explanation: `${explanation} db-schemas lists what does not exist: ${clip(names.join(', '))}.`,
    remedy: {
      action:
        'Create the schema, or take it out of db-schemas (PGRST_DB_SCHEMAS, pgrst.db_schemas) and reload the configuration. A reload of the schema cache alone cannot help.',
      sql: [
        ...names.slice(0, 10).map((name) => `create schema if not exists ${name};`),
        notify(facts.channel, 'reload config'),
        notify(facts.channel, 'reload schema'),
      ].join('\n'),
    },
  };
}

/** A name that platforms put in db-schemas to switch the API off: none can be called so. */
export const noSchemas = 'pg_pgrst_no_exposed_schemas';

/** The API is switched off: there is nothing to create or to load. */
export function switchedOff(explanation: string): Judgement {
  return {
    verdict: 'schema_not_exposed',
    explanation: `${explanation} db-schemas is ${noSchemas}: that is how a platform switches the API off; no schema can have that name.`,
    remedy: {
      action:
        'Switch the API on in the settings of the platform, or set pgrst.db_schemas to the schemas that clients may see; then reload the configuration.',
    },
  };
}
