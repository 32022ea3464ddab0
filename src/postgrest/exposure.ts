import { setTimeout as delay } from 'node:timers/promises';
import type { PostgrestClient } from './client.js';
import { resolveInstances } from './fleet.js';
import { type Instance, InstanceError } from './instance.js';

/** Which schemas an instance exposes, or why it could not be asked. */
export interface Exposure {
  instance: Instance;
  schemas: string[];
  error?: InstanceError;
}

export interface ExposureOptions {
  client: PostgrestClient;
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: readonly string[] | undefined;
}

// Most work is done before.
const pauseMs = 500;

/** Asks `instance`, which has `timeoutMs` to answer. Throws no InstanceError. */
export async function exposureOf(
  { client, schemas }: ExposureOptions,
  instance: Instance,
  timeoutMs: number,
): Promise<Exposure> {
  if (schemas !== undefined) return { instance, schemas: [...schemas] };
  try {
    const identity = await client.identify(instance, AbortSignal.timeout(timeoutMs));
    return { instance, schemas: identity.schemas };
  } catch (error) {
    return { instance, schemas: [], error: asInstanceError(error) };
  }
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
  try {
    await client.version(instance, AbortSignal.timeout(timeoutMs));
    return undefined;
  } catch (error) {
    const failure = asInstanceError(error);
    return failure.code === 'timeout' ? failure : undefined;
  }
}

/**
 * Does `work`, which may take long, as long as the instance answers other questions meanwhile: it hangs if it twice in a row
 * has no answer within `timeoutMs`, as one may come while this thread is busy. Throws InstanceError where it hangs, and
 * what `work` throws, whose signal is aborted then or with `signal`.
 */
export async function whileItAnswers<Result>(
  client: PostgrestClient,
  instance: Instance,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const isHung = async () => (await hangs(client, instance, timeoutMs)) && hangs(client, instance, timeoutMs);
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
