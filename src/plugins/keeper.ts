import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { type Keeper, type KeeperOptions, startKeeper } from '../watch/keeper.js';

declare module 'fastify' {
  interface FastifyInstance {
    keeper: Pick<Keeper, 'whileLoading'>;
  }
}

/** Keeps the gate and the watch from when the service listens until it closes. */
export default fp<Omit<KeeperOptions, 'log'>>(
  async (app: FastifyInstance, options) => {
    let keeper: Keeper | undefined;
    const what = options.isGated ? 'the gate' : 'the watch';
    app.addHook('onListen', async () => {
      keeper = startKeeper({
        ...options,
        log: {
          elected: () => app.log.info(`This process keeps ${what}.`),
          lost: () => app.log.warn(`This process does not keep ${what} any more.`),
          stale: (reports) => {
            const stale = reports.map(({ instance }) => instance.url);
            if (stale.length > 0) app.log.warn({ stale }, 'PostgREST is stale');
            else app.log.info('PostgREST is stale no more');
          },
          failed: (err) => app.log.warn({ err }, `Keeping ${what} failed.`),
        },
      });
    });
    app.ear.onHeard(() => keeper?.heard());
    app.decorate('keeper', { whileLoading: (work) => (keeper === undefined ? work() : keeper.whileLoading(work)) });
    app.addHook('preClose', async () => keeper?.close());
  },
  { name: 'keeper', dependencies: ['ear'] },
);
