import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { ProblemError } from './problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    isShuttingDown(): boolean;
  }
}

/** While the service shuts down, new requests are told to come back later; liveness still answers. */
export default fp(
  async (app: FastifyInstance) => {
    let isShuttingDown = false;
    app.decorate('isShuttingDown', () => isShuttingDown);
    app.addHook('preClose', async () => {
      isShuttingDown = true;
    });
    // So that nobody waits with the next request on a connection that is about to be closed.
    app.addHook('onSend', async (_request, reply) => {
      if (isShuttingDown) reply.header('connection', 'close');
    });
    app.addHook('onRequest', async ({ routeOptions }) => {
      const stillAnswers = ['/health/live', '/health/ready'].includes(routeOptions.url ?? '');
      if (isShuttingDown && !stillAnswers) throw new ProblemError('shutting_down', 'The service is shutting down.');
    });
  },
  { name: 'shutdown', dependencies: ['problem'] },
);
