import { Agent, type Dispatcher, errors } from 'undici';
import { type Credentials, type Instance, InstanceError } from './instance.js';
import { keepMembers } from './json-members.js';
import { type Redact, redactorFor } from './secrets.js';

// The OpenAPI document of 5,000 tables has 20 MB.
const maxBodyBytes = 128 * 1024 * 1024;
// The signals of the questions bound the waits.
const limits: Agent.Options = { pipelining: 1, maxResponseSize: maxBodyBytes, headersTimeout: 0, bodyTimeout: 0 };
// A large schema takes thousands of questions: a connection for each would take longer than the answers.
const keptConnections = new Agent(limits);
// What a server that closes a kept connection answers a request with that was under way to it.
const closedCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface Answer {
  status: number;
  body: string;
  /** Takes out of what is told of it, see `told.ts`, what was sent along. */
  redact: Redact;
  /** The `Server` header: `postgrest/12.0.2`, where nothing stands between. */
  server: string;
}

export interface Question {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Of an answer with status 200, which is a JSON object, only these members are kept. */
  members?: ReadonlySet<string>;
}

/**
 * Sends one request to an instance's API and returns its whole answer, of whatever status; redirects are not followed,
 * because that would send the credentials to where we were not told to.
 * Throws InstanceError `unreachable`, also for a name that stands for no instance, `timeout` (when `signal` fires), or
 * `unexpected_answer` for a body over 128 MB.
 */
export async function ask(
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  if (instance.url.startsWith('dns+')) throw new InstanceError('unreachable', 'Its name does not resolve.');
  try {
    return await sendTwice(instance, credentials, question, signal);
  } catch (error) {
    if (error instanceof InstanceError) throw error;
    if (signal.aborted) throw new InstanceError('timeout', 'It did not answer in time.');
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      throw new InstanceError('unexpected_answer', 'Its answer is larger than 128 MB.');
    }
    throw new InstanceError('unreachable', `It cannot be reached: ${reason(error)}.`);
  }
}

/** Sends it, and once more where the server had closed the kept connection meanwhile: no question changes anything. */
async function sendTwice(
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await send(keptConnections, instance, credentials, question, signal);
  } catch (error) {
    const isClosed = error instanceof Error && 'code' in error && closedCodes.has(String(error.code));
    if (!isClosed) throw error;
    // Other kept connections may be closed as well.
    const newConnection = new Agent(limits);
    try {
      return await send(newConnection, instance, credentials, question, signal);
    } finally {
      await newConnection.destroy();
    }
  }
}

async function send(
  agent: Agent,
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(instance.url);
  const { statusCode, headers, body } = await agent.request({
    origin: url.origin,
    // A URL of both would take a relation called `..` for the folder above.
    path: `${url.pathname.replace(/\/$/, '')}${question.path}`,
    method: question.method ?? 'GET',
    headers: {
      'user-agent': 'pgrst-ops',
      ...question.headers,
      ...(credentials.jwt !== undefined && { authorization: `Bearer ${credentials.jwt}` }),
      ...(credentials.apiKey !== undefined && { apikey: credentials.apiKey }),
    },
    body: question.body ?? null,
    signal,
  });
  const members = statusCode === 200 ? question.members : undefined;
  const text = await readText(body, members);
  return { status: statusCode, body: text, redact: redactorFor(credentials), server: String(headers.server ?? '') };
}

/** The text, or of a JSON object its `members`, decoded piece by piece: its bytes are not kept as well. */
async function readText(body: Dispatcher.ResponseData['body'], members?: ReadonlySet<string>): Promise<string> {
  const keep = members === undefined ? (piece: string) => piece : keepMembers(members);
  let text = '';
  for await (const piece of body.setEncoding('utf8')) text += keep(piece);
  return text;
}

/** What PostgREST says of a request that it refuses. */
export interface PostgrestError {
  code: string;
  message: string;
  details: string;
  hint: string;
}

/**
 * The fields of a PostgREST error, empty where they are no text or the body is none. To decide by: they may hold our
 * secrets, and what is told of them is `toldError`.
 */
export function parseError(body: string): PostgrestError {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  try {
    const { code, message, details, hint } = JSON.parse(body) ?? {};
    return { code: text(code), message: text(message), details: text(details), hint: text(hint) };
  } catch {
    return { code: '', message: '', details: '', hint: '' };
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
