import { type Answer, ask, parseError } from './http.js';
import { type Credentials, type Instance, InstanceError } from './instance.js';
import { createPlanner, type Planner } from './plan-only.js';
import { askPostgrest, headerValue, isBareNotFound, unexpected } from './question.js';
import { decodeSchemaCache, type SchemaCache } from './schema-cache.js';

// The paths, several times as long, say nothing more.
const openApiMembers = new Set(['swagger', 'info', 'definitions']);
const bogusSchema = 'pgrst-ops-asks-which-schemas-are-exposed';

/** Questions to a PostgREST instance through its public API. All of them throw InstanceError. */
export interface PostgrestClient {
  /** The schemas that it exposes, and its version. Cheap: it takes neither a database query nor a large answer. */
  identify(instance: Instance, signal: AbortSignal): Promise<{ schemas: string[]; version: string }>;
  /** Its version, such as `12.2.12`; empty where something between hides it. As cheap. */
  version(instance: Instance, signal: AbortSignal): Promise<string>;
  /** Its schema cache, as its admin server has it; undefined where there is none, or before PostgREST 12.2. */
  schemaCache(instance: Instance, signal: AbortSignal): Promise<SchemaCache | undefined>;
  /** The OpenAPI document of one exposed schema, parsed as far as it tells of the schema cache. */
  openApi(instance: Instance, schema: string, signal: AbortSignal): Promise<unknown>;
  /** What its schema cache holds, whoever may see it. */
  plan: Planner;
  /** What its admin server says; true where we know of none. */
  isReady(instance: Instance, signal: AbortSignal): Promise<boolean>;
}

export function createPostgrestClient(credentials: Credentials): PostgrestClient {
  // Not the root, which may be switched off; the schema is looked at before the relation.
  const askBogus = (instance: Instance, signal: AbortSignal) =>
    askPostgrest(instance, credentials, { path: '/pgrst_ops', headers: { 'accept-profile': bogusSchema } }, signal);

  return {
    plan: createPlanner(credentials),

    async identify(instance, signal) {
      const answer = await askBogus(instance, signal);
      const { code, message, hint } = parseError(answer.body);
      // The list moved from the message to the hint with 13.0.7.
      const list = /following: (.+)$/s.exec(message)?.[1] ?? /: (.+)$/s.exec(hint)?.[1];
      if (code !== 'PGRST106' || list === undefined) throw unexpected(answer);
      return { schemas: list.split(', '), version: versionOf(answer) };
    },

    version: async (instance, signal) => versionOf(await askBogus(instance, signal)),

    async schemaCache({ adminUrl }, signal) {
      if (adminUrl === undefined) return undefined;
      const { status, body } = await ask({ url: adminUrl }, {}, { path: '/schema_cache' }, signal);
      if (status !== 200) return undefined;
      if (body === '') throw new InstanceError('no_schema_cache', 'Its admin server says that it has no schema cache.');
      return decodeSchemaCache(body);
    },

    async openApi(instance, schema, signal) {
      const headers = { accept: 'application/openapi+json', 'accept-profile': headerValue(schema) };
      const answer = await askPostgrest(instance, credentials, { path: '/', headers, members: openApiMembers }, signal);
      const { code } = parseError(answer.body);
      if (code === 'PGRST106') {
        throw new InstanceError('schema_not_exposed', `It does not expose schema ${schema}.`);
      }
      if (code === 'PGRST126' || isBareNotFound(answer)) {
        throw new InstanceError('openapi_disabled', 'It serves no OpenAPI document: its openapi-mode is disabled.');
      }
      if (answer.status !== 200) throw unexpected(answer);
      try {
        return JSON.parse(answer.body);
      } catch {
        throw unexpected(answer);
      }
    },

    async isReady({ adminUrl }, signal) {
      if (adminUrl === undefined) return true;
      // The API's credentials are no business of the admin server.
      return (await ask({ url: adminUrl }, {}, { path: '/ready' }, signal)).status === 200;
    },
  };
}

function versionOf({ server }: Answer): string {
  return /^postgrest\/([\d.]+)/i.exec(server)?.[1] ?? '';
}
