import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { readDocument, validatorOf } from '../client/document.js';

interface Diagnosis {
  verdict: string;
  explanation: string;
  remedy: { action: string; sql?: string };
  suggestions?: string[];
  evidence: { source: string; instance?: string; found: string }[];
}

const schemaPath = ['paths', '/schema/diagnose', 'post', 'responses', '200', 'content', 'application/json', 'schema'];

/** Returns a function that has `app` diagnose a body, and asserts that the answer is a 200 as documented. */
export function diagnoserOn(t: Test, app: FastifyInstance): (body: unknown) => Promise<Diagnosis> {
  const validate = readDocument(app).then(validatorOf);
  return async (body) => {
    const payload = JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/schema/diagnose', headers, payload });
    if (answer.statusCode !== 200) t.fail(`${answer.statusCode} ${answer.payload} for ${payload.slice(0, 500)}`);
    const wrong = (await validate)(answer.json(), schemaPath);
    if (wrong !== undefined) t.fail(`${wrong} in ${answer.payload}`);
    return answer.json();
  };
}

/** What PostgREST answers to a request that fails; JSON is sent with POST. */
export async function errorOf(url: string, json?: unknown, headers: Record<string, string> = {}): Promise<object> {
  const isWrite = json !== undefined;
  const answer = await fetch(url, {
    method: isWrite ? 'POST' : 'GET',
    headers: { ...(isWrite && { 'content-type': 'application/json' }), ...headers },
    body: isWrite ? JSON.stringify(json) : null,
  });
  const body = await answer.text();
  if (answer.ok) throw new Error(`${url} did not fail: ${answer.status} ${body}`);
  return JSON.parse(body);
}

/** Returns a function that sends any text as JSON. */
export function diagnoseTextOn(app: FastifyInstance): (payload: string) => Promise<{ statusCode: number }> {
  const headers = { 'content-type': 'application/json' };
  return async (payload) => app.inject({ method: 'POST', url: '/schema/diagnose', headers, payload });
}
