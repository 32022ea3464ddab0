import { type Answer, ask, parseError } from './http.js';
import { type Credentials, type Instance, InstanceError } from './instance.js';
import { createPlanner, type Planner } from './plan-only.js';
import { askPostgrest, headerValue, isBareNotFound, noService, serverError, unexpected } from './question.js';
import { accessRefused, documentRefused, isAccessRefused, isTokenRefused } from './refusals.js';
import { decodeSchemaCache, type SchemaCache } from './schema-cache.js';
import { redactorFor } from './secrets.js';
import { said } from './told.js';

// The paths, several times as long, say nothing more.
const openApiMembers = new Set(['swagger', 'info', 'definitions']);
const bogusSchema = 'pgrst-ops-asks-which-schemas-are-exposed';

/** Questions to a PostgREST instance through its public API. All of them throw InstanceError. */
export interface PostgrestClient {
  /** The schemas that it exposes, and its version. Cheap: it takes neither a database query nor a large answer. */
  identify(instance: Instance, signal: AbortSignal): Promise<{ schemas: string[]; version: string }>;
  /** Its version, as in `greet`, whomever it serves. */
  version(instance: Instance, signal: AbortSignal): Promise<string>;
  /** Whether its API serves, and whom: as cheap. */
  greet(instance: Instance, signal: AbortSignal): Promise<Greeting>;
  /** The schema cache, as its admin server has it; undefined where we know of no admin server. */
  schemaCache(instance: Instance, signal: AbortSignal): Promise<SchemaCache | undefined>;
  /** The OpenAPI document of one exposed schema, parsed as far as it tells of the schema cache. */
  openApi(instance: Instance, schema: string, signal: AbortSignal): Promise<unknown>;
  /** What its schema cache holds, whoever may see it. */
  plan: Planner;
  /** What its admin server says; true where we know of none. It says no with a 503: any other answer is none to this. */
  isReady(instance: Instance, signal: AbortSignal): Promise<boolean>;
}

/** What an API that serves says to whoever comes. */
export interface Greeting {
  /** Such as `12.2.12`; empty where something between hides it. */
  version: string;
  /** Why it serves others only; undefined where it serves us. */
  refusal: InstanceError | undefined;
}

export function createPostgrestClient(credentials: Credentials): PostgrestClient {
  // Not the root, which may be switched off; the schema is looked at before the relation.
  const bogus = { path: '/pgrst_ops', headers: { 'accept-profile': bogusSchema } };

  const greet: PostgrestClient['greet'] = async (instance, signal) => {
    const answer = await ask(instance, credentials, bogus, signal);
    const refusal = isAccessRefused(answer) ? accessRefused(answer, credentials) : undefined;
    if (refusal === undefined && answer.status >= 500) throw serverError(answer);
    return { version: versionOf(answer), refusal };
  };

  /** The API's credentials are no business of the admin server; what it may know of them all the same is not told. */
  const askAdmin = async (url: string, path: string, signal: AbortSignal): Promise<Answer> => ({
    ...(await ask({ url }, {}, { path }, signal)),
    redact: redactorFor(credentials),
  });

  return {
    plan: createPlanner(credentials),

    async identify(instance, signal) {
      const answer = await askPostgrest(instance, credentials, bogus, signal);
      const { code, message, hint } = parseError(answer.body);
      // The list moved from the message to the hint with 13.0.7.
      const list = /following: (.+)$/s.exec(message)?.[1] ?? /: (.+)$/s.exec(hint)?.[1];
      if (code !== 'PGRST106') throw unexpected(answer);
      if (list === undefined) throw schemasNotTold(answer);
      return { schemas: list.split(', '), version: versionOf(answer) };
    },

    greet,
    version: async (instance, signal) => (await greet(instance, signal)).version,

    async schemaCache({ adminUrl }, signal) {
      if (adminUrl === undefined) return undefined;
      const answer = await askAdmin(adminUrl, '/schema_cache', signal);
      if (answer.status !== 200) throw noSchemaCacheThere(answer);
      if (answer.body === '') {
        throw new InstanceError('no_schema_cache', 'Its admin server says that it has no schema cache.');
      }
      return decodeSchemaCache(answer.body);
    },

    async openApi(instance, schema, signal) {
      const headers = { accept: 'application/openapi+json', 'accept-profile': headerValue(schema) };
      const question = { path: '/', headers, members: openApiMembers };
      const answer = await ask(instance, credentials, question, signal);
      const { code } = parseError(answer.body);
      if (code === 'PGRST106') {
        throw new InstanceError('schema_not_exposed', `It does not expose schema ${schema}.`);
      }
      if (code === 'PGRST126' || isBareNotFound(answer)) {
        throw new InstanceError('openapi_disabled', 'It serves no OpenAPI document: its openapi-mode is disabled.');
      }
      if (isTokenRefused(answer)) throw accessRefused(answer, credentials);
      if (answer.status !== 200) throw noService(answer) ?? documentRefused(schema, answer);
      try {
        return JSON.parse(answer.body);
      } catch {
        throw new InstanceError('unexpected_answer', 'What it gives as its OpenAPI document is no JSON.');
      }
    },

    async isReady({ adminUrl }, signal) {
      if (adminUrl === undefined) return true;
      const answer = await askAdmin(adminUrl, '/ready', signal);
      if (isAccessRefused(answer)) throw new InstanceError('unauthorized', `It refuses us: ${said(answer)}.`);
      if (answer.status === 200 || answer.status === 503) return answer.status === 200;
      throw new InstanceError('unexpected_answer', `It does not tell whether it is ready: ${said(answer)}.`);
    },
  };
}

/** A PostgREST from 16 on may leave hints out of its errors. */
function schemasNotTold(answer: Answer): InstanceError {
  const cause = 'perhaps its client-error-verbosity is minimal';
  return new InstanceError('not_covered', `It does not tell which schemas it exposes: ${said(answer)}; ${cause}.`);
}

function noSchemaCacheThere(answer: Answer): InstanceError {
  const advice =
    answer.status === 404
      ? 'PostgREST has one from 12.2 on; from then on POSTGREST_ADMIN_URLS does not name an admin server'
      : 'this service asks the admin server itself, without credentials';
  return new InstanceError('unexpected_answer', `Its admin server gives no schema cache: ${said(answer)}; ${advice}.`);
}

function versionOf({ server }: Answer): string {
  return /^postgrest\/([\d.]+)/i.exec(server)?.[1] ?? '';
}
