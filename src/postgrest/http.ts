import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Credentials, type Instance, InstanceError } from './instance.js';

// The OpenAPI document of 5,000 tables has 20 MB.
const maxBodyBytes = 128 * 1024 * 1024;
// A large schema takes thousands of questions: a connection for each would take longer than the answers.
const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };

export interface Answer {
  status: number;
  body: string;
  /** The `Server` header: `postgrest/12.0.2`, where nothing stands between. */
  server: string;
}

export interface Question {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * Sends one request to an instance's API and returns its whole answer, of whatever status; redirects are not followed,
 * because that would send the credentials to where we were not told to.
 * Throws InstanceError `unreachable`, `timeout` (when `signal` fires), `unauthorized`, or `unexpected_answer` for a
 * body over 128 MB.
 */
export async function ask(
  instance: Instance,
  credentials: Credentials,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  // As a text it would be sent together with the headers, and give them its encoding.
  const body = Buffer.from(question.body ?? '');
  const options: RequestOptions = {
    method: question.method ?? 'GET',
    headers: {
      'user-agent': 'pgrst-ops',
      ...question.headers,
      ...(credentials.jwt !== undefined && { authorization: `Bearer ${credentials.jwt}` }),
      ...(credentials.apiKey !== undefined && { apikey: credentials.apiKey }),
      ...(question.body !== undefined && { 'content-length': body.length }),
    },
    signal,
  };
  try {
    const url = new URL(instance.url);
    // A URL of both would take a relation called `..` for the folder above.
    const path = `${url.pathname.replace(/\/$/, '')}${question.path}`;
    const response = await send(url, { ...options, path }, body);
    const text = await readBody(response);
    const { statusCode: status = 0, headers } = response;
    if (status === 401 || status === 403) {
      throw new InstanceError('unauthorized', `It refused our credentials: ${summarize(status, text)}.`);
    }
    return { status, body: text, server: String(headers.server ?? '') };
  } catch (error) {
    if (error instanceof InstanceError) throw error;
    if (signal.aborted) throw new InstanceError('timeout', 'It did not answer in time.');
    throw new InstanceError('unreachable', `It cannot be reached: ${reason(error)}.`);
  }
}

/** Sends it, and once more where the server had closed the kept connection meanwhile. */
async function send(url: URL, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const request = (isTls ? httpsRequest : httpRequest)(url, {
    ...options,
    agent: agents[isTls ? 'https:' : 'http:'],
  });
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end(body);
    });
  } catch (error) {
    const isClosed = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    if (request.reusedSocket && isClosed) return send(url, options, body);
    throw error;
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
  const text = code === '' ? body.slice(0, 1_000).replaceAll(/\s+/g, ' ').trim() : `${code} ${message}`;
  return text === '' ? `status ${status}` : `status ${status}, ${text.slice(0, 200)}`;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new InstanceError('unexpected_answer', 'Its answer is larger than 128 MB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
