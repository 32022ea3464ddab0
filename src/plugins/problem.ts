import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import fp from 'fastify-plugin';
import { type ProblemCode, problemKinds, problemMediaType, problemType } from '../contract/problem.js';
import { explainDatabaseError } from '../postgres/errors.js';

/** An error that a caller is told about: thrown by routes and plugins, answered as application/problem+json. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extensions: Record<string, unknown>;

  constructor(code: ProblemCode, detail: string, extensions: Record<string, unknown> = {}) {
    super(detail);
    this.code = code;
    this.extensions = extensions;
  }
}

const databaseProblems = {
  unavailable: 'database_unavailable',
  timeout: 'database_timeout',
  insufficient_privilege: 'insufficient_privilege',
  standby: 'database_is_standby',
} as const satisfies Record<string, ProblemCode>;

const fastifyProblems: Record<string, [ProblemCode, string?]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'The body has to be application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large'],
};

const retryAfterSeconds: Partial<Record<ProblemCode, number>> = {
  database_unavailable: 5,
  database_timeout: 5,
  no_instance_readable: 5,
  shutting_down: 10,
};

/** Turns any error into the problem that it is for the caller. What is no caller's business becomes `internal_error`. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const failure = explainDatabaseError(error);
  if (failure !== undefined) return new ProblemError(databaseProblems[failure.kind], failure.detail);

  const { code = '', statusCode = 500, message, validation, validationContext } = error as FastifyError;
  if (validation !== undefined) {
    const errors = validation.map((error) => {
      const { instancePath, params } = error;
      const path = [validationContext, ...instancePath.split('/').filter(Boolean), params.additionalProperty];
      return { field: path.filter(Boolean).join('.'), message: explainValidation(error) };
    });
    const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
    return new ProblemError('invalid_request', detail, { errors });
  }
  const [known, detail] = fastifyProblems[code] ?? [];
  if (known !== undefined) return new ProblemError(known, detail ?? message);
  if (statusCode >= 400 && statusCode < 500) return new ProblemError('invalid_request', message);
  return new ProblemError('internal_error', 'The log has the details, under this request id.');
}

/** Answers with the problem that `error` is. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  const { status, title } = problemKinds[problem.code];
  if (status === 500) request.log.error(error);
  if (status > 500) request.log.warn({ code: problem.code, detail: problem.message }, 'problem');
  const seconds = retryAfterSeconds[problem.code];
  if (seconds !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', seconds);
  return reply
    .code(status)
    .type(problemMediaType)
    .send({
      type: problemType(problem.code),
      title,
      status,
      detail: problem.message,
      code: problem.code,
      requestId: request.id,
      ...problem.extensions,
    });
}

const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

/** Every error and every unknown path or method is answered as application/problem+json. */
export default fp(
  async (app: FastifyInstance) => {
    app.setErrorHandler(sendProblem);
    app.setNotFoundHandler((request, reply) => {
      const url = request.url.split('?')[0] ?? '/';
      const allowed = methods.filter((method) => app.hasRoute({ method, url }));
      if (allowed.length === 0)
        return sendProblem(new ProblemError('not_found', `There is no ${url}.`), request, reply);
      reply.header('allow', allowed.join(', '));
      const detail = `${request.method} is not allowed on ${url}, but ${allowed.join(', ')}.`;
      return sendProblem(new ProblemError('method_not_allowed', detail), request, reply);
    });
  },
  { name: 'problem' },
);

function explainValidation(error: FastifySchemaValidationError & { parentSchema?: { description?: string } }): string {
  const { keyword, message, params, parentSchema } = error;
  if ('additionalProperty' in params) return 'is not known here';
  if (Array.isArray(params.allowedValues)) return `must be one of ${params.allowedValues.join(', ')}`;
  if (keyword === 'pattern' && parentSchema?.description !== undefined) return `must be ${parentSchema.description}`;
  return message ?? 'is not valid';
}
