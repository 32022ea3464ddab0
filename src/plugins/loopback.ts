import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { isLoopback } from '../loopback.js';
import { ProblemError } from './problem.js';

/**
 * For a service without tokens: refuses what a web page of another origin has a browser on this machine send, also
 * under a name that was made to point here.
 */
export default fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', async ({ headers }) => {
      const isOwn = (url: string) => URL.canParse(url) && isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''));
      const origins = [`http://${headers.host}`, ...(headers.origin === undefined ? [] : [headers.origin])];
      if (origins.every(isOwn) && headers['sec-fetch-site'] !== 'cross-site') return;
      throw new ProblemError('foreign_origin', 'Set API_TOKENS to serve other hosts and origins than this machine.');
    });
  },
  { name: 'loopback', dependencies: ['problem'] },
);
