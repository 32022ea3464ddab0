import { setTimeout as delay } from 'node:timers/promises';
import type { PostgrestClient } from './client.js';
import { resolveInstances } from './fleet.js';
import { type Instance, InstanceError } from './instance.js';

/** Who says which schemas an instance exposes: itself, our PGRST_DB_SCHEMAS, or the settings of its role in PostgreSQL. */
export const schemaOrigins = ['instance', 'setting', 'database'] as const;
export type SchemaOrigin = (typeof schemaOrigins)[number];

/** Which schemas an instance exposes, or why it could not be asked. */
export interface Exposure {
  instance: Instance;
  schemas: string[];
  schemasFrom: SchemaOrigin;
  error?: InstanceError;
}

export interface ExposureOptions {
  client: PostgrestClient;
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
  /** Those that PostgREST's settings in PostgreSQL expose, where that is certain: for an instance that refuses us. */
  schemasInDatabase?: () => Promise<string[] | undefined>;
}

// Most work is done before.
const pauseMs = 500;

/** Asks `instance`, which has `timeoutMs` to answer. Throws no InstanceError, but what `schemasInDatabase` throws. */
export async function exposureOf(options: ExposureOptions, instance: Instance, timeoutMs: number): Promise<Exposure> {
  const { client, schemas } = options;
  if (schemas !== undefined) return { instance, schemas: [...schemas], schemasFrom: 'setting' };
  try {
    const identity = await client.identify(instance, AbortSignal.timeout(timeoutMs));
    return { instance, schemas: identity.schemas, schemasFrom: 'instance' };
  } catch (cause) {
    const error = asInstanceError(cause);
    const exposure: Exposure = { instance, schemas: [], schemasFrom: 'instance', error };
    // What refuses one question may let others through, unless it is PostgREST that refuses our token.
    const isRest = instance.adminUrl !== undefined || error.status !== undefined;
    const isReadable = error.code === 'not_covered' || (error.code === 'unauthorized' && isRest);
    return isReadable ? exposedToOthers(options, exposure, error) : exposure;
  }
}

/**
 * What an instance exposes that does not tell us. Some admin servers would tell at `/config`, together with the password
 * and the secret of PostgREST: that is not asked for.
 */
async function exposedToOthers(
  { schemasInDatabase }: ExposureOptions,
  { instance, ...unknown }: Exposure,
  { code, message, status }: InstanceError,
): Promise<Exposure> {
  const schemas = await schemasInDatabase?.();
  if (schemas !== undefined) return { instance, schemas, schemasFrom: 'database' };
  const advice = 'PGRST_DB_SCHEMAS has to name its schemas, where it is to be read all the same.';
  return { instance, ...unknown, error: new InstanceError(code, `${message} ${advice}`, status) };
}

/** Asks all `instances` at once, resolved to what their names stand for now. Throws no InstanceError. */
export async function exposuresOf(
  options: ExposureOptions,
  instances: readonly Instance[],
  timeoutMs: number,
): Promise<Exposure[]> {
  const resolved = await resolveInstances(instances);
  return Promise.all(resolved.map((instance) => exposureOf(options, instance, timeoutMs)));
}

/** The error of an instance that does not answer within `timeoutMs`; undefined where it does, or fails at once. */
export async function hangs(
  client: PostgrestClient,
  instance: Instance,
  timeoutMs: number,
): Promise<InstanceError | undefined> {
  return isTimeout(client.version(instance, AbortSignal.timeout(timeoutMs)));
}

/** As `hangs`, of the instance's admin server. */
export async function adminHangs(
  client: PostgrestClient,
  instance: Instance,
  timeoutMs: number,
): Promise<InstanceError | undefined> {
  return isTimeout(client.isReady(instance, AbortSignal.timeout(timeoutMs)));
}

async function isTimeout(asking: Promise<unknown>): Promise<InstanceError | undefined> {
  try {
    await asking;
    return undefined;
  } catch (error) {
    const failure = asInstanceError(error);
    return failure.code === 'timeout' ? failure : undefined;
  }
}

/**
 * Does `work`, which may take long, as long as the instance answers other questions meanwhile. It hangs if `hangs` finds
 * that twice in a row, as an answer may come while this thread is busy. Throws InstanceError where it hangs, and what
 * `work` throws, whose signal is aborted then or with `signal`.
 */
export async function whileItAnswers<Result>(
  hangs: () => Promise<InstanceError | undefined>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const isHung = async () => (await hangs()) && hangs();
  const untilItHangs = async (): Promise<never> => {
    for (;;) {
      await delay(pauseMs, undefined, { signal: stop.signal });
      const error = await isHung();
      if (error !== undefined) throw error;
    }
  };
  try {
    return await Promise.race([work(AbortSignal.any([signal, stop.signal])), untilItHangs()]);
  } finally {
    stop.abort();
  }
}

/** What the instances that answer within `timeoutMs` expose, all together; undefined where none does. */
export async function exposedSchemas(
  options: ExposureOptions,
  instances: readonly Instance[],
  timeoutMs: number,
): Promise<string[] | undefined> {
  const exposures = await exposuresOf(options, instances, timeoutMs);
  const answered = exposures.filter(({ error }) => error === undefined);
  return answered.length === 0 ? undefined : [...new Set(answered.flatMap(({ schemas }) => schemas))];
}

/** Errors that say something about the instance; any other one is thrown on. */
export function asInstanceError(error: unknown): InstanceError {
  if (error instanceof InstanceError) return error;
  throw error;
}
