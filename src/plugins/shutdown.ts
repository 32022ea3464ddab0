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
    app.addHook('onRequest', async ({ routeOptions }) => {
      const stillAnswers = ['/health/live', '/health/ready'].includes(routeOptions.url ?? '');
      if (isShuttingDown && !stillAnswers) throw new ProblemError('shutting_down', 'The service is shutting down.');
    });
  },
  { name: 'shutdown', dependencies: ['problem'] },
);
