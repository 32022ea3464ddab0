import { type Credentials, type Instance, InstanceError } from './instance.js';

// The OpenAPI document of 5,000 tables has 20 MB.
const maxBodyBytes = 128 * 1024 * 1024;

export interface Answer {
  status: number;
  body: string;
}

export interface Question {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * Sends one request to an instance's API and returns its whole answer, of whatever status.
 * Throws InstanceError `unreachable`, `timeout` (when `signal` fires), `unauthorized`, or `unexpected_answer` for a
 * body over 128 MB.
 */
export async function ask(
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = {
    'user-agent': 'pgrst-ops',
    ...question.headers,
    ...(credentials.jwt !== undefined && { authorization: `Bearer ${credentials.jwt}` }),
    ...(credentials.apiKey !== undefined && { apikey: credentials.apiKey }),
  };
  try {
    const response = await fetch(`${instance.url}${question.path}`, {
      method: question.method ?? 'GET',
      headers,
      body: question.body ?? null,
      // Following one would send the credentials to where we were not told to.
      redirect: 'manual',
      signal,
    });
    const body = await readBody(response);
    if (response.status === 401 || response.status === 403) {
      throw new InstanceError('unauthorized', `It refused our credentials: ${summarize(response.status, body)}.`);
    }
    return { status: response.status, body };
  } catch (error) {
    if (error instanceof InstanceError) throw error;
    if (signal.aborted) throw new InstanceError('timeout', 'It did not answer in time.');
    throw new InstanceError('unreachable', `It cannot be reached: ${rootCause(error)}.`);
  }
}

/** The fields of a PostgREST error, empty where they are no text or the body is none. */
export function parseError(body: string): { code: string; message: string; details: string; hint: string } {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  try {
    const { code, message, details, hint } = JSON.parse(body) ?? {};
    return { code: text(code), message: text(message), details: text(details), hint: text(hint) };
  } catch {
    return { code: '', message: '', details: '', hint: '' };
  }
}

/** A status and the beginning of what came with it, on one line. */
export function summarize(status: number, body: string): string {
  const { code, message } = parseError(body);
  const text = code === '' ? body.replaceAll(/\s+/g, ' ').trim() : `${code} ${message}`;
  return text === '' ? `status ${status}` : `status ${status}, ${text.slice(0, 200)}`;
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new InstanceError('unexpected_answer', 'Its answer is larger than 128 MB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function rootCause(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
