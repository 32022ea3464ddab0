import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../plugins/problem.js';

/** For operations that take no body: what would be ignored might be what the caller meant. An empty object is none. */
export async function refuseBody({ body }: FastifyRequest): Promise<void> {
  const fields = typeof body === 'object' ? Object.keys(body ?? {}) : [''];
  if (body === undefined || body === null || fields.length === 0) return;
  const errors = fields.map((field) => ({ field: `body.${field}`, message: 'is not known here' }));
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new ProblemError('invalid_request', detail, { errors });
}
