import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { readDocument, validatorOf } from '../client/document.js';
import { until } from '../helper.js';

export interface Diagnosis {
  verdict: string;
  explanation: string;
  remedy: { action: string; sql?: string };
  suggestions?: string[];
  evidence: { source: string; instance?: string; found: string }[];
}

const schemaPath = ['paths', '/schema/diagnose', 'post', 'responses', '200', 'content', 'application/json', 'schema'];

/**
 * Returns a function that has `app` diagnose a body, and asserts that the answer is a 200 as documented. It asks again
 * where something did not answer in time, which on a busy machine says nothing; not where `mayHang`: that is asked for.
 */
export function diagnoserOn(
  t: Test,
  app: FastifyInstance,
  { mayHang = false } = {},
): (body: unknown) => Promise<Diagnosis> {
  const validate = readDocument(app).then(validatorOf);
  const diagnose = async (body: unknown) => {
    const payload = JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/schema/diagnose', headers, payload });
    if (answer.statusCode !== 200) t.fail(`${answer.statusCode} ${answer.payload} for ${payload.slice(0, 500)}`);
    const wrong = (await validate)(answer.json(), schemaPath);
    if (wrong !== undefined) t.fail(`${wrong} in ${answer.payload}`);
    return answer.json<Diagnosis>();
  };
  if (mayHang) return diagnose;
  return async (body) => {
    let diagnosis = await diagnose(body);
    await until('everything answers in time', async () => {
      if (!isTooLate(diagnosis)) return true;
      diagnosis = await diagnose(body);
      return false;
    });
    return diagnosis;
  };
}

/** Whether something that was asked did not answer in time. */
function isTooLate({ evidence }: Diagnosis): boolean {
  return evidence.some(
    ({ source, found }) => source !== 'error' && /no answer within|did not answer in time/.test(found),
  );
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
