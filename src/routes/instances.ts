import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from '@sinclair/typebox';
import { answer, NoQuery } from '../contract/common.js';
import * as contract from '../contract/instances.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Listener } from '../sessions/listeners.js';
import { guarded, problems, security } from './responses.js';

export interface InstancesRoutesOptions {
  fleet: () => Promise<Fleet>;
}

const listener: Static<typeof contract.Listener> = {
  pid: 71,
  role: 'authenticator',
  applicationName: 'PostgREST 12.0.2',
  clientAddress: '127.0.0.1',
  connectedAt: '2026-01-31T11:00:00.000Z',
  channel: 'pgrst',
};
const example: Static<typeof contract.Fleet> = {
  channel: 'pgrst',
  instances: [
    {
      url: 'http://127.0.0.1:3000',
      version: '12.0.2',
      schemas: ['public'],
      source: 'openapi',
      listener,
      provenFreshAt: '2026-01-31T12:00:00.000Z',
    },
  ],
  otherListeners: [{ ...listener, pid: 72, channel: 'other' }],
  problems: [
    {
      code: 'other_channel',
      detail: 'A PostgREST (pid 72) listens on other, not on pgrst: set its db-channel, or PGRST_DB_CHANNEL here.',
    },
  ],
};

export const instancesRoutes: FastifyPluginAsyncTypebox<InstancesRoutesOptions> = async (app, { fleet }) => {
  app.get(
    '/schema/instances',
    {
      onRequest: app.requireScope('read'),
      schema: {
        operationId: 'listInstances',
        tags: ['schema'],
        summary: 'Which instances are there, and who listens?',
        description:
          'Puts the configured instances beside the sessions that PostgreSQL sees waiting for notifications. Which session is of which instance follows from version and address: of several that are alike only the number tells.',
        security,
        querystring: NoQuery,
        response: {
          ...problems('invalid_request', ...guarded, 'database_unavailable'),
          200: answer('The fleet', contract.Fleet, example),
        },
      },
    },
    async () => present(await fleet()),
  );
};

function present({ channel, instances, otherListeners, problems: found }: Fleet): Static<typeof contract.Fleet> {
  return {
    channel,
    instances: instances.map(({ url, error, version, schemas, source, listener: own, provenFreshAt }) => ({
      url,
      ...(error !== undefined && { error: { code: error.code, detail: error.message } }),
      version: version === '' ? null : version,
      schemas: [...schemas],
      source: source ?? null,
      listener: own === null ? null : presentListener(own),
      provenFreshAt: provenFreshAt?.toISOString() ?? null,
    })),
    otherListeners: otherListeners.map(presentListener),
    problems: found,
  };
}

function presentListener({ connectedAt, ...rest }: Listener): Static<typeof contract.Listener> {
  return { ...rest, connectedAt: connectedAt.toISOString() };
}
