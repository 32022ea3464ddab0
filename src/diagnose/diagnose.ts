import type pg from 'pg';
import { TooLateError, within } from '../lib/timeout.js';
import { explainDatabaseError } from '../postgres/errors.js';
import { readOnly } from '../postgres/transaction.js';
import type { PostgrestClient } from '../postgrest/client.js';
import type { Instance } from '../postgrest/instance.js';
import { judge } from './classify/judge.js';
import type { Diagnosis } from './diagnosis.js';
import type { Facts, InstanceFacts } from './facts.js';
import { askCaches, askExposed } from './lookup/instances.js';
import { lookUpObject } from './lookup/object.js';
import { lookUpPrivileges } from './lookup/privilege.js';
import { lookUpSurroundings } from './lookup/surroundings.js';
import { subjectOf } from './parse/read-subject.js';
import { type Reported, readReported } from './parse/reported.js';
import type { Subject } from './parse/subject.js';

export interface DiagnoserOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  channel: string;
  /** The role of requests without a token, where PostgREST's settings in the database do not say. */
  anonRole: string | undefined;
}

// One after the other, so that an answer comes within 5 s.
const exposureTimeoutMs = 1_500;
const catalogTimeoutMs = 1_500;
const cacheTimeoutMs = 1_500;

/** Returns a function that tells what lies behind the PostgREST error in any JSON, and never rejects for its content. */
export function createDiagnoser(options: DiagnoserOptions): (body: unknown) => Promise<Diagnosis> {
  const { client, channel } = options;
  return async (body) => {
    const reported = readReported(body);
    const asked = await askExposed(client, options.instances, exposureTimeoutMs);
    const exposed = [...new Set(asked.flatMap((instance) => instance.exposed))];
    const subject = subjectOf(reported, exposed);
    const schema = schemaOf(subject, reported, exposed);
    const catalog = await lookUp(options, schema, subject);
    const found = catalog.subject ?? subject;
    const instances: InstanceFacts[] = await askCaches(client, asked, schema, found, cacheTimeoutMs);
    return judge(reported, { channel, schema, subject: found, instances, ...catalog });
  };
}

/** PostgREST takes the first of the exposed schemas where a request names none. */
function schemaOf(subject: Subject, { profile }: Reported, exposed: readonly string[]): string {
  const named = 'schema' in subject ? subject.schema : undefined;
  return named ?? (profile || (exposed[0] ?? 'public'));
}

async function lookUp(
  { pool, channel, anonRole }: DiagnoserOptions,
  schema: string,
  subject: Subject,
): Promise<Partial<Facts>> {
  const reading = readOnly(pool, async (client) => {
    const surroundings = await lookUpSurroundings(client, channel);
    const object = await lookUpObject(client, schema, subject);
    return { surroundings, ...object, ...(await lookUpPrivileges(client, subject, surroundings, anonRole)) };
  });
  try {
    return await within(catalogTimeoutMs, reading);
  } catch (error) {
    const failure = error instanceof TooLateError ? error.message : explainDatabaseError(error)?.detail;
    if (failure === undefined) throw error;
    return { failure };
  }
}
