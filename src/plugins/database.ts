import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type pg from 'pg';
import { createPool, createProbe } from '../postgres/pool.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** For the work itself. */
    pool: pg.Pool;
    /** For health alone: one connection, short timeouts. */
    healthPool: pg.Pool;
    /** Whether a session of `pool` has this process id in PostgreSQL. */
    isOwnSession(pid: number): boolean;
  }
}

export interface DatabaseOptions {
  databaseUrl: string;
}

const maxConnections = 4;
const probeTimeoutMs = 1_000;

/** The connection pools, closed with the app. */
export default fp<DatabaseOptions>(
  async (app: FastifyInstance, { databaseUrl }) => {
    const sessions = new Set<number>();
    app.decorate('pool', createPool(databaseUrl, maxConnections, sessions));
    app.decorate('isOwnSession', (pid) => sessions.has(pid));
    app.decorate('healthPool', createProbe(databaseUrl, probeTimeoutMs));
    app.addHook('onClose', async () => {
      await Promise.all([app.pool.end(), app.healthPool.end()]);
    });
  },
  { name: 'database' },
);
