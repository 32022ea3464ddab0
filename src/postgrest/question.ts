import { type Answer, ask, parseError, type Question, summarize } from './http.js';
import { type Credentials, type Instance, InstanceError } from './instance.js';

/** Asks an instance's API, and returns its answer unless it is one of trouble. Throws InstanceError. */
export async function askPostgrest(
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await ask(instance, credentials, question, signal);
  if (answer.status >= 500) throw serverError(answer);
  return answer;
}

/** PostgREST reads headers as UTF-8, of which fetch takes the bytes one by one. */
export function headerValue(text: string): string {
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

/** Whether this is all that PostgREST 12 says of what it does not know; a gateway says something else. */
export function isBareNotFound({ status, body }: Answer): boolean {
  return status === 404 && body === '{}';
}

/** What PostgREST would not answer. */
export function unexpected(answer: Answer): InstanceError {
  const said = summarize(answer.status, answer.body);
  return new InstanceError('unexpected_answer', `It does not answer as PostgREST does: ${said}.`);
}
