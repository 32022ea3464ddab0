import { type Answer, ask, parseError, type Question, summarize } from './http.js';
import { type Credentials, type Instance, InstanceError } from './instance.js';

// No handler serves this type: a request that accepts nothing else is planned from the schema cache and then refused,
// before anything reaches the database.
const planOnly = 'application/x-pgrst-ops-probe';
const bogusSchema = 'pgrst-ops-asks-which-schemas-are-exposed';

/** Questions to a PostgREST instance through its public API. All of them throw InstanceError. */
export interface PostgrestClient {
  /** The schemas that it exposes. Cheap: it takes neither a database query nor a large answer. */
  exposedSchemas(instance: Instance, signal: AbortSignal): Promise<string[]>;
  /** The OpenAPI document of one exposed schema, parsed. */
  openApi(instance: Instance, schema: string, signal: AbortSignal): Promise<unknown>;
  /** Whether the schema cache holds a relation, whoever may see it. */
  hasRelation(instance: Instance, schema: string, name: string, signal: AbortSignal): Promise<boolean>;
  /** What its admin server says; true where we know of none. */
  isReady(instance: Instance, signal: AbortSignal): Promise<boolean>;
}

export function createPostgrestClient(credentials: Credentials): PostgrestClient {
  const request = async (instance: Instance, question: Question, signal: AbortSignal): Promise<Answer> => {
    const answer = await ask(instance, credentials, question, signal);
    if (answer.status >= 500) throw serverError(answer);
    return answer;
  };

  return {
    async exposedSchemas(instance, signal) {
      // Not the root, which may be switched off; the schema is looked at before the relation.
      const answer = await request(
        instance,
        { path: '/pgrst_ops', headers: { 'accept-profile': bogusSchema } },
        signal,
      );
      const { code, message, hint } = parseError(answer.body);
      // The list moved from the message to the hint with 13.0.7.
      const list = /following: (.+)$/s.exec(message)?.[1] ?? /: (.+)$/s.exec(hint)?.[1];
      if (code !== 'PGRST106' || list === undefined) throw unexpected(answer);
      return list.split(', ');
    },

    async openApi(instance, schema, signal) {
      const headers = { accept: 'application/openapi+json', 'accept-profile': headerValue(schema) };
      const answer = await request(instance, { path: '/', headers }, signal);
      const { code } = parseError(answer.body);
      if (code === 'PGRST106') {
        throw new InstanceError('schema_not_exposed', `It does not expose schema ${schema}.`);
      }
      if (code === 'PGRST126' || (answer.status === 404 && code === '')) {
        throw new InstanceError('openapi_disabled', 'It serves no OpenAPI document: its openapi-mode is disabled.');
      }
      if (answer.status !== 200) throw unexpected(answer);
      try {
        return JSON.parse(answer.body);
      } catch {
        throw unexpected(answer);
      }
    },

    async hasRelation(instance, schema, name, signal) {
      // The column need not exist: a relation that is not cached is refused first.
      const path = `/${encodeURIComponent(name)}?columns=pgrst_ops`;
      const headers = { accept: planOnly, 'content-type': 'application/json', 'content-profile': headerValue(schema) };
      const answer = await request(instance, { method: 'POST', path, headers, body: '[]' }, signal);
      return answer.status !== 404;
    },

    async isReady({ adminUrl }, signal) {
      if (adminUrl === undefined) return true;
      // The API's credentials are no business of the admin server.
      return (await ask({ url: adminUrl }, {}, { path: '/ready' }, signal)).status === 200;
    },
  };
}

/** PostgREST reads headers as UTF-8, of which fetch takes the bytes one by one. */
function headerValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function serverError(answer: Answer): InstanceError {
  const { code, message } = parseError(answer.body);
  if (code === 'PGRST002') {
    return new InstanceError('no_schema_cache', `It has no schema cache and cannot load one: ${message || code}`);
  }
  if (/^PGRST00[013]$/.test(code)) {
    return new InstanceError('database_unreachable', `It cannot reach its database: ${message || code}`);
  }
  return unexpected(answer);
}

function unexpected(answer: Answer): InstanceError {
  const said = summarize(answer.status, answer.body);
  return new InstanceError('unexpected_answer', `It does not answer as PostgREST does: ${said}.`);
}
