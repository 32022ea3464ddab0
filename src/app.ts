import { randomUUID } from 'node:crypto';
import type { TSchema } from '@sinclair/typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import * as diagnose from './contract/diagnose.js';
import * as health from './contract/health.js';
import * as fleet from './contract/instances.js';
import * as problems from './contract/problem.js';
import * as reload from './contract/reload.js';
import * as trigger from './contract/trigger.js';
import * as verify from './contract/verify.js';
import auth from './plugins/auth.js';
import { answerClientError } from './plugins/client-error.js';
import loopback from './plugins/loopback.js';
import openapi from './plugins/openapi.js';
import problem, { ProblemError, sendProblem } from './plugins/problem.js';
import { buildSerializer } from './plugins/serializers.js';
import shutdown from './plugins/shutdown.js';
import validation from './plugins/validation.js';
import { contractRoutes } from './routes/contract.js';
import { diagnoseRoutes } from './routes/diagnose.js';
import { healthRoutes } from './routes/health.js';
import { instancesRoutes } from './routes/instances.js';
import { reloadRoutes } from './routes/reload.js';
import { reloadsRoutes } from './routes/reloads.js';
import { triggerRoutes } from './routes/trigger.js';
import { verifyRoutes } from './routes/verify.js';
import type { Services } from './services.js';
import type { AppSettings } from './settings.js';

const maxUrlLength = 4_096;
const maxBodyBytes = 16_384;

/**
 * The service without a port, for callers with one of `tokens`. `services` start when it listens, stop when it is about to
 * close, and are closed with it.
 */
export async function buildApp(
  { tokens }: Pick<AppSettings, 'tokens'>,
  services: Services,
  logger?: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...(logger !== undefined && { loggerInstance: logger }),
    schemaController: { compilersFactory: { buildSerializer } },
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    requestTimeout: 10_000,
    // Ours, because the framework's own is no problem+json.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerClientError,
  });

  app.addHook('onListen', async () => services.start());
  app.addHook('onClose', () => services.close());

  for (const schema of contractSchemas()) app.addSchema(schema);
  await app.register(problem);
  await app.register(validation);
  await app.register(shutdown);
  app.addHook('preClose', () => services.stop());
  app.addHook('onRequest', async ({ url }) => {
    if (url.length <= maxUrlLength) return;
    throw new ProblemError('uri_too_long', `The URL takes at most ${maxUrlLength} characters.`);
  });
  if (tokens.length === 0) await app.register(loopback);
  await app.register(auth, { tokens });
  await app.register(openapi);
  await app.register(healthRoutes, { check: services.checkHealth, isReady: services.isReady });
  await app.register(verifyRoutes, services);
  await app.register(reloadRoutes, services);
  await app.register(reloadsRoutes, services);
  await app.register(instancesRoutes, services);
  await app.register(diagnoseRoutes, services);
  await app.register(triggerRoutes, services);
  await app.register(contractRoutes);
  return app;
}

/** Every schema of the contract that has a name of its own. */
function contractSchemas(): TSchema[] {
  const all: unknown[] = [problems, health, verify, reload, fleet, diagnose, trigger].flatMap((module) =>
    Object.values(module),
  );
  return all.filter((value): value is TSchema => typeof value === 'object' && value !== null && '$id' in value);
}
