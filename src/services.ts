import type { BaseLogger } from 'pino';
import { countWrites } from './catalog/fingerprint.js';
import { createDiagnoser } from './diagnose/diagnose.js';
import { createFleet } from './fleet/fleet.js';
import { createTurnover } from './fleet/turnover.js';
import { createHealth, createReadiness } from './health/health.js';
import { createNotificationListener, type ExplainedStorm } from './notifications/listener.js';
import { createPool, createProbe } from './postgres/pool.js';
import { createPostgrestClient } from './postgrest/client.js';
import { exposedSchemas } from './postgrest/exposure.js';
import { type RecordingReloader, recordReloads } from './reload/history.js';
import { createReloader } from './reload/reload.js';
import { findWitnesses } from './reload/witness.js';
import { schemasOfListeners } from './sessions/role-schemas.js';
import type { AppSettings } from './settings.js';
import { createTrigger } from './trigger/trigger.js';
import { createReader } from './verify/comparer.js';
import { createVerifier, type InstanceReport, isFailure } from './verify/verify.js';
import { createWorkerReader } from './verify/worker-client.js';
import { type Controller, type ControllerOptions, startController } from './watch/controller.js';
import { createFingerprinter } from './watch/fingerprint.js';

const maxConnections = 4;
const probeTimeoutMs = 1_000;
// How long the reloads of the gate and the watch are followed.
const proofWaitMs = 30_000;

export type Services = ReturnType<typeof createServices>;

/** What is said of what goes on without a request. */
export type ServiceLog = Pick<BaseLogger, 'info' | 'warn'>;

/** Builds all that the routes need. Nothing connects before it is asked to. */
export function createServices(settings: AppSettings, log: ServiceLog) {
  const { databaseUrl, instances, channel, schemas, role, extraSearchPath, jwt, apiKey, watch } = settings;
  const isGated = settings.reloadMode === 'gated';
  /** PostgreSQL's process ids of the sessions of `pool`. */
  const ownSessions = new Set<number>();
  const pool = createPool(databaseUrl, maxConnections, ownSessions);
  // For health alone: one connection, short timeouts.
  const healthPool = createProbe(databaseUrl, probeTimeoutMs);

  const credentials = { jwt, apiKey };
  const client = createPostgrestClient(credentials);
  const exposing = { client, schemas, schemasInDatabase: () => schemasOfListeners(pool, channel) };
  const exposedWithin = (timeoutMs: number) => () => exposedSchemas(exposing, instances, timeoutMs);
  const options = { role, extraSearchPath };
  const sides = {
    ...exposing,
    pool,
    instances,
    reader: createReader(pool, client, options),
    largeReader: createWorkerReader({ databaseUrl, credentials, options }),
    catalogOptions: options,
  };
  const verifier = createVerifier(sides);
  const listener = createNotificationListener({
    ...{ databaseUrl, channel, isGated },
    isOwnSession: (pid) => ownSessions.has(pid),
    log: stormLog(log),
  });
  const reloader = createReloader({
    ...{ pool, verifier, instances, channel },
    findWitnesses: () => findWitnesses({ ...exposing, pool, instances }),
    catchUp: () => listener.catchUp(),
  });
  listener.onHeard(() => reloader.heard());
  const recorded = recordReloads(reloader);

  let controller: Controller | undefined;
  const controllerOptions: ControllerOptions | undefined =
    isGated || watch !== 'off'
      ? {
          ...{ databaseUrl, channel, isGated, watch },
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
          log: controllerLog(log, isGated ? 'the gate' : 'the watch'),
        }
      : undefined;
  listener.onHeard(() => controller?.heard());
  const called: RecordingReloader = {
    ...recorded,
    reload: (...asked) => {
      const work = () => recorded.reload(...asked);
      return controller === undefined ? work() : controller.whileLoading(work);
    },
  };

  const turnover = createTurnover();
  return {
    pool,
    listener,
    verifier,
    reloader: called,
    since: new Date(),
    isReady: createReadiness(pool),
    checkHealth: createHealth({
      ...{ client, instances, channel, verifier, isGated, watch, listener, turnover },
      pool: healthPool,
      trigger: createTrigger({ pool: healthPool, channel, exposedSchemas: exposedWithin(500) }),
    }),
    fleet: createFleet({ pool, client, instances, schemas, channel, verifier, turnover }),
    diagnose: createDiagnoser({
      ...{ pool, client, instances, channel },
      anonRole: jwt === undefined ? role : undefined,
      documentRole: role,
      configuredSchemas: () => schemas ?? verifier.last()?.reports.flatMap(schemasOf) ?? [],
      verify: () => verifier.recent(),
    }),
    trigger: createTrigger({ pool, channel, exposedSchemas: exposedWithin(2_000) }),

    /** Begins what goes on without a request: hears what others notify, keeps the gate and the watch. */
    start(): void {
      listener.start();
      if (controllerOptions !== undefined) controller = startController(controllerOptions);
    },

    /** Ends that, and lets no request wait any longer. */
    async stop(): Promise<void> {
      await listener.close();
      // Before the reloader, which would interrupt what it still has to tell.
      await controller?.close();
      reloader.close();
    },

    /** Gives up the connections, once no request needs them any more. */
    async close(): Promise<void> {
      await verifier.close();
      await Promise.all([pool.end(), healthPool.end()]);
    },
  };
}

function schemasOf(report: InstanceReport): readonly string[] {
  return isFailure(report) ? [] : report.schemas;
}

function stormLog(log: ServiceLog): Parameters<typeof createNotificationListener>[0]['log'] {
  const about = ({ cause, since, notifications }: ExplainedStorm) => {
    const { role, applicationName } = cause;
    return { role, applicationName, since, notifications };
  };
  return {
    began: (storm) => log.warn(about(storm), `A reload storm has begun. ${storm.detail}`),
    over: (storm) => log.info(about(storm), 'The reload storm is over.'),
  };
}

function controllerLog(log: ServiceLog, what: string): ControllerOptions['log'] {
  return {
    elected: () => log.info(`This process keeps ${what}.`),
    lost: () => log.warn(`This process does not keep ${what} any more.`),
    stale(reports) {
      const stale = reports.map(({ instance }) => instance.url);
      if (stale.length > 0) log.warn({ stale }, 'PostgREST is stale');
      else log.info('PostgREST is stale no more');
    },
    failed: (err) => log.warn({ err }, `Keeping ${what} failed.`),
  };
}
