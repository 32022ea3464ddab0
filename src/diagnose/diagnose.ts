import type pg from 'pg';
import { queryOn } from '../catalog/query.js';
import { TooLateError, within } from '../lib/timeout.js';
import type { QualifiedName } from '../model/model.js';
import { explainDatabaseError } from '../postgres/errors.js';
import { readOnly } from '../postgres/transaction.js';
import type { PostgrestClient } from '../postgrest/client.js';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import type { Verification } from '../verify/verify.js';
import { judge } from './classify/judge.js';
import { holdersOf } from './classify/mentions.js';
import type { Diagnosis } from './diagnosis.js';
import type { Agreement, Facts, InstanceFacts } from './facts.js';
import { agreementOf } from './lookup/agreement.js';
import { lookUpCode, lookUpMentions } from './lookup/code.js';
import { junctionIn, notToOneIn } from './lookup/implied.js';
import { askCaches, askExposed } from './lookup/instances.js';
import {
  lookUpConstrained,
  lookUpGoneConstraints,
  lookUpNamed,
  lookUpPlaces,
  lookUpToOne,
  lookUpUniqueKeys,
} from './lookup/named.js';
import { lookUpObject } from './lookup/object.js';
import { anonymousRole, lookUpPrivileges } from './lookup/privilege.js';
import { lookUpSurroundings } from './lookup/surroundings.js';
import { type Missing, missingIn } from './parse/missing.js';
import { subjectOf } from './parse/read-subject.js';
import { type Reported, readReported } from './parse/reported.js';
import { type Request, readRequest } from './parse/request.js';
import type { Subject } from './parse/subject.js';

export interface DiagnoserOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  channel: string;
  /** The role of requests without a token, where PostgREST's settings in the database do not say. */
  anonRole: string | undefined;
  /** The role whose privileges decide what an OpenAPI document shows us, where that is not the anonymous one. */
  documentRole: string | undefined;
  /** The schemas that are to be exposed, as far as they are configured here or were last seen. */
  configuredSchemas(): readonly string[];
  /** Compares catalog and caches. */
  verify(): Promise<Verification>;
}

// One after the other, so that an answer comes within 5 s.
const exposureTimeoutMs = 1_500;
const catalogTimeoutMs = 1_500;
const cacheTimeoutMs = 1_500;
// Beside all of them.
const comparisonTimeoutMs = 4_000;

// PostgREST's SQL follows its schema cache: what PostgreSQL refuses of it may be of yesterday.
const comparedCodes = /^(22|23|25006|42(?!501)|57014|0A000|PGRST10[57]|PGRST11[89]|PGRST20[13])/;
// What code of the database raises, or meets.
const insideCodes = /^(?!PGRST|$)|^PGRST1(11|12|21)$/;

/** Returns a function that tells what lies behind the PostgREST error in any JSON, and never rejects for its content. */
export function createDiagnoser(options: DiagnoserOptions): (body: unknown) => Promise<Diagnosis> {
  const { client, channel } = options;
  return async (body) => {
    const reported = readReported(body);
    const request = readRequest(reported);
    const isCompared = comparedCodes.test(reported.code) && request.target !== undefined;
    const comparing = isCompared ? compare(options) : undefined;
    // It may fail before anybody waits for it; whoever does gets the error.
    comparing?.catch(() => {});
    const asked = await askExposed(client, options.instances, exposureTimeoutMs);
    const exposed = [...new Set(asked.flatMap((instance) => instance.exposed))];
    const subject = subjectOf(reported, exposed);
    const schema = schemaOf(subject, reported, exposed);
    const catalog = await lookUp(options, { reported, request, schema, subject, exposed });
    const found = catalog.subject ?? subject;
    const instances: InstanceFacts[] = await askCaches(client, asked, schema, found, cacheTimeoutMs);
    const agreement = await agreementIn(comparing, request, schema, catalog);
    const configuredSchemas = options.configuredSchemas();
    return judge(reported, {
      channel,
      schema,
      request,
      configuredSchemas,
      ...catalog,
      subject: found,
      instances,
      ...agreement,
    });
  };
}

/** PostgREST takes the first of the exposed schemas where a request names none. */
function schemaOf(subject: Subject, { profile }: Reported, exposed: readonly string[]): string {
  const named = 'schema' in subject ? subject.schema : undefined;
  return named ?? (profile || (exposed[0] ?? 'public'));
}

/** Compares in time, or says why not. */
function compare({ verify }: DiagnoserOptions): Promise<Verification | string> {
  return within(comparisonTimeoutMs, verify()).catch((error: unknown) => {
    if (error instanceof InstanceError || error instanceof TooLateError) return error.message;
    const failure = explainDatabaseError(error)?.detail;
    if (failure === undefined) throw error;
    return failure;
  });
}

async function agreementIn(
  comparing: Promise<Verification | string> | undefined,
  { target, embeds }: Request,
  schema: string,
  { named }: Partial<Facts>,
): Promise<{ agreement?: Agreement }> {
  if (comparing === undefined || target === undefined) return {};
  const compared = await comparing;
  if (typeof compared === 'string') return { agreement: { failure: compared, instances: [] } };
  const objects: QualifiedName[] = [
    { schema, name: target.name },
    ...embeds.map(({ name }) => ({ schema, name })),
    ...(named?.relations ?? []),
  ];
  return { agreement: agreementOf(compared, objects) };
}

interface Asked {
  reported: Reported;
  request: Request;
  schema: string;
  subject: Subject;
  exposed: readonly string[];
}

async function lookUp(options: DiagnoserOptions, asked: Asked): Promise<Partial<Facts>> {
  const reading = readOnly(options.pool, (client) => lookUpOn(client, options, asked));
  try {
    return await within(catalogTimeoutMs, reading);
  } catch (error) {
    const failure = error instanceof TooLateError ? error.message : explainDatabaseError(error)?.detail;
    if (failure === undefined) throw error;
    return { failure };
  }
}

async function lookUpOn(
  client: pg.PoolClient,
  { channel, anonRole, documentRole }: DiagnoserOptions,
  { reported, request, schema, subject, exposed }: Asked,
): Promise<Partial<Facts>> {
  const query = queryOn(client);
  const surroundings = await lookUpSurroundings(client, channel);
  const role = anonymousRole(surroundings, anonRole);
  const named = await lookUpNamed(query, schema, request, documentRole ?? role, reported.code === 'PGRST107');
  const code = insideCodes.test(reported.code) ? await lookUpCode(query, schema, request) : [];
  const asked = junctionIn(reported, request, code, exposed) ?? subject;
  const object = await lookUpObject(client, schema, asked, exposed, named);
  const found = object.subject;
  const inside = await lookUpInside(client, found, missingIn(reported), { code } as Facts);
  const privileges = await lookUpPrivileges(client, { subject: found, surroundings, role, schema, request, code });
  const isAmbiguous = found.kind === 'ambiguous_relationship';
  const constraint = /^23/.test(reported.code) ? /constraint "(.+?)"/.exec(reported.message)?.[1] : undefined;
  const pair = notToOneIn(reported);
  const isUpsert = reported.code === '42P10' && request.target !== undefined;
  return {
    surroundings,
    named,
    ...object,
    code,
    ...inside,
    ...privileges,
    ...(isAmbiguous && { goneConstraints: await lookUpGoneConstraints(query, found.constraints) }),
    ...(constraint !== undefined && { constrained: await lookUpConstrained(query, constraint) }),
    ...(pair !== undefined && { toOne: { ...pair, keys: await lookUpToOne(query, schema, pair.from, pair.to) } }),
    ...(isUpsert && { uniqueKeys: await lookUpUniqueKeys(query, schema, request.target?.name ?? '') }),
  };
}

/** Which code holds the names of the error, if not what the request leads to; and where there is what it does not find. */
async function lookUpInside(
  client: pg.PoolClient,
  found: Subject,
  missing: Missing | undefined,
  facts: Facts,
): Promise<Pick<Facts, 'mentions' | 'places'>> {
  if (found.kind !== 'inside' && (found.kind !== 'other' || missing === undefined)) return {};
  const names = found.kind === 'inside' ? found.names : missing?.what === 'type' ? [missing.name] : [];
  const query = queryOn(client);
  const mentions = holdersOf(facts, names).length > 0 ? [] : await lookUpMentions(query, names);
  if (missing === undefined) return { mentions };
  const { what, name } = missing;
  return { mentions, places: { what, name, schemas: await lookUpPlaces(query, missing) } };
}
