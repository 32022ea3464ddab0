import { randomUUID } from 'node:crypto';
import type { TSchema } from '@sinclair/typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { countWrites } from './catalog/fingerprint.js';
import * as diagnose from './contract/diagnose.js';
import * as health from './contract/health.js';
import * as fleet from './contract/instances.js';
import * as problems from './contract/problem.js';
import * as reload from './contract/reload.js';
import * as trigger from './contract/trigger.js';
import * as verify from './contract/verify.js';
import { createDiagnoser } from './diagnose/diagnose.js';
import { createFleet } from './fleet/fleet.js';
import { createTurnover } from './fleet/turnover.js';
import { createHealth, createReadiness } from './health/health.js';
import auth from './plugins/auth.js';
import { answerClientError } from './plugins/client-error.js';
import database from './plugins/database.js';
import ear from './plugins/ear.js';
import keeper from './plugins/keeper.js';
import loopback from './plugins/loopback.js';
import openapi from './plugins/openapi.js';
import problem, { ProblemError, sendProblem } from './plugins/problem.js';
import { buildSerializer } from './plugins/serializers.js';
import shutdown from './plugins/shutdown.js';
import validation from './plugins/validation.js';
import { createPostgrestClient } from './postgrest/client.js';
import { exposedSchemas } from './postgrest/exposure.js';
import { recordReloads } from './reload/history.js';
import { createReloader } from './reload/reload.js';
import { findWitnesses } from './reload/witness.js';
import { contractRoutes } from './routes/contract.js';
import { diagnoseRoutes } from './routes/diagnose.js';
import { healthRoutes } from './routes/health.js';
import { instancesRoutes } from './routes/instances.js';
import { reloadRoutes } from './routes/reload.js';
import { reloadsRoutes } from './routes/reloads.js';
import { triggerRoutes } from './routes/trigger.js';
import { verifyRoutes } from './routes/verify.js';
import type { AppSettings } from './settings.js';
import { createTrigger } from './trigger/trigger.js';
import { createReader } from './verify/comparer.js';
import { createVerifier } from './verify/verify.js';
import { createWorkerReader } from './verify/worker-client.js';
import { createFingerprinter } from './watch/fingerprint.js';

const maxUrlLength = 4_096;
const maxBodyBytes = 16_384;
// How long the keeper's reloads are followed.
const proofWaitMs = 30_000;

/** The service without a port: listens to nothing yet, connects to nothing before it is asked to. */
export async function buildApp(settings: AppSettings, logger?: FastifyBaseLogger): Promise<FastifyInstance> {
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

  for (const schema of contractSchemas()) app.addSchema(schema);
  await app.register(problem);
  await app.register(validation);
  await app.register(shutdown);
  app.addHook('onRequest', async ({ url }) => {
    if (url.length <= maxUrlLength) return;
    throw new ProblemError('uri_too_long', `The URL takes at most ${maxUrlLength} characters.`);
  });
  if (settings.tokens.length === 0) await app.register(loopback);
  await app.register(auth, { tokens: settings.tokens });
  await app.register(openapi);
  await app.register(database, { databaseUrl: settings.databaseUrl });

  const { instances, channel, schemas, role, extraSearchPath, jwt } = settings;
  const { pool, healthPool } = app;
  const credentials = { jwt, apiKey: settings.apiKey };
  const client = createPostgrestClient(credentials);
  const exposedWithin = (timeoutMs: number) => () => exposedSchemas({ client, schemas }, instances, timeoutMs);
  const options = { role, extraSearchPath };
  const sides = {
    pool,
    client,
    instances,
    schemas,
    reader: createReader(pool, client, options),
    largeReader: createWorkerReader({ databaseUrl: settings.databaseUrl, credentials, options }),
  };
  const verifier = createVerifier(sides);
  app.addHook('onClose', () => verifier.close());
  const reloader = createReloader({
    pool,
    verifier,
    findWitnesses: () => findWitnesses({ pool, client, instances, schemas }),
    instances,
    channel,
    catchUp: () => app.ear.catchUp(),
  });
  await app.register(ear, {
    databaseUrl: settings.databaseUrl,
    channel,
    isGated: settings.reloadMode === 'gated',
  });
  app.ear.onHeard(() => reloader.heard());
  const turnover = createTurnover();
  const check = createHealth({
    turnover,
    pool: healthPool,
    client,
    instances,
    channel,
    verifier,
    isGated: settings.reloadMode === 'gated',
    watch: settings.watch,
    ear: app.ear,
    trigger: createTrigger({ pool: healthPool, channel, exposedSchemas: exposedWithin(500) }),
  });

  await app.register(healthRoutes, { check, isReady: createReadiness(pool) });
  await app.register(verifyRoutes, { verifier });
  const recorded = recordReloads(reloader);
  let called = recorded;
  if (settings.reloadMode === 'gated' || settings.watch !== 'off') {
    await app.register(keeper, {
      databaseUrl: settings.databaseUrl,
      channel,
      isGated: settings.reloadMode === 'gated',
      watch: settings.watch,
      intervalMs: settings.watchIntervalMs,
      readFingerprint: createFingerprinter({ ...sides, channel }),
      countWrites: () => countWrites(pool),
      verify: () => verifier.verify(),
      loadedUntil: () => reloader.loadedUntil(),
      async reload({ cause, config }) {
        const asked = { cause, caller: undefined, reason: undefined };
        const { isAnnounced, outcome, error } = await recorded.reload({ waitMs: proofWaitMs, config }, asked);
        if (!isAnnounced) throw error ?? new Error('PostgREST was not told in time.');
        return outcome === 'fresh';
      },
    });
    called = { ...recorded, reload: (...asked) => app.keeper.whileLoading(() => recorded.reload(...asked)) };
  }
  // The keeper before, as what it still has to tell would be interrupted.
  app.addHook('preClose', async () => reloader.close());
  await app.register(reloadRoutes, { reloader: called });
  await app.register(reloadsRoutes, { reloader: recorded, since: new Date(), ear: app.ear });
  await app.register(instancesRoutes, {
    fleet: createFleet({ pool, client, instances, schemas, channel, verifier, turnover }),
  });
  const anonRole = jwt === undefined ? role : undefined;
  const diagnoseError = createDiagnoser({ pool, client, instances, channel, anonRole });
  await app.register(diagnoseRoutes, { diagnose: diagnoseError });
  await app.register(triggerRoutes, {
    trigger: createTrigger({ pool, channel, exposedSchemas: exposedWithin(2_000) }),
  });
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
