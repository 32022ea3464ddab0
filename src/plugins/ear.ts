import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { createEar, type Ear, type EarOptions, type ExplainedStorm } from '../notifications/listener.js';

declare module 'fastify' {
  interface FastifyInstance {
    ear: Ear;
  }
}

/** Hears from when the service listens until it closes what others tell PostgREST. */
export default fp<Pick<EarOptions, 'databaseUrl' | 'channel' | 'isGated'>>(
  async (app: FastifyInstance, options) => {
    const about = ({ cause, since, notifications }: ExplainedStorm) => {
      const { role, applicationName } = cause;
      return { role, applicationName, since, notifications };
    };
    const ear = createEar({
      ...options,
      isOwnSession: app.isOwnSession,
      log: {
        began: (storm) => app.log.warn(about(storm), `A reload storm has begun. ${storm.detail}`),
        over: (storm) => app.log.info(about(storm), 'The reload storm is over.'),
      },
    });
    app.decorate('ear', ear);
    app.addHook('onListen', async () => ear.start());
    app.addHook('preClose', () => ear.close());
  },
  { name: 'ear', dependencies: ['database'] },
);
