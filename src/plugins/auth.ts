import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { findToken, includesScope, type Scope, type Token } from '../tokens.js';
import { ProblemError } from './problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook that lets only callers with `scope` through. */
    requireScope(scope: Scope): onRequestAsyncHookHandler;
  }
  interface FastifyRequest {
    /** Whose valid token came with the request. */
    caller: Token | undefined;
    /** Whether the caller may do what needs `scope`; without any tokens everybody may. */
    hasScope(scope: Scope): boolean;
  }
}

export interface AuthOptions {
  tokens: readonly Token[];
}

const failuresPerMinute = 20;

/**
 * Bearer tokens with scopes. An address with too many failed attempts is told to wait; a valid token is accepted all
 * the same, so that nobody can lock out a deployment.
 */
export default fp<AuthOptions>(
  async (app: FastifyInstance, { tokens }) => {
    await app.register(rateLimit, { global: false });
    const countFailure = app.createRateLimit({ max: failuresPerMinute, timeWindow: 60_000 });

    app.decorateRequest('caller', undefined);
    app.decorateRequest('hasScope', function (this: FastifyRequest, scope: Scope) {
      return tokens.length === 0 || (this.caller !== undefined && includesScope(this.caller.scope, scope));
    });

    const fail = async (request: FastifyRequest, reply: FastifyReply, detail: string): Promise<never> => {
      const verdict = await countFailure(request);
      if (!verdict.isAllowed && verdict.isExceeded) {
        reply.header('retry-after', verdict.ttlInSeconds);
        throw new ProblemError('too_many_requests', `Too many failed attempts: wait ${verdict.ttlInSeconds} s.`);
      }
      reply.header('www-authenticate', 'Bearer realm="pgrst-ops"');
      throw new ProblemError('unauthorized', detail);
    };

    app.addHook('onRequest', async (request) => {
      const presented = presentedToken(request);
      if (presented !== undefined) request.caller = findToken(tokens, presented);
    });

    app.decorate(
      'requireScope',
      (scope: Scope): onRequestAsyncHookHandler =>
        async (request, reply) => {
          if (tokens.length === 0) return;
          if (request.caller === undefined) {
            const given = presentedToken(request) === undefined ? 'No bearer token was sent' : 'The token is not valid';
            await fail(request, reply, `${given}: send Authorization: Bearer <token>.`);
          }
          if (request.hasScope(scope)) return;
          throw new ProblemError(
            'insufficient_scope',
            `This needs the scope ${scope}, the token has ${request.caller?.scope}.`,
          );
        },
    );
  },
  { name: 'auth', dependencies: ['problem'] },
);

function presentedToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}
