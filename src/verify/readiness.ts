import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError } from '../postgrest/exposure.js';
import type { Instance, InstanceError } from '../postgrest/instance.js';
import type { Coverage } from './report.js';

/** What an admin server says of its instance, or why it does not say it. */
export type Readiness = 'ready' | 'not_ready' | InstanceError;

// While it swaps in what it has loaded it is not ready; that of a large schema takes longer.
const readyWithinMs = 1_000;
const pollMs = 50;
// What answers its other questions may be kept from answering this one.
const hangMs = 1_000;

/** Whether the admin server of `instance` says that it is ready, or does so within a second; ready where we know of none. */
export async function readinessOf(
  client: PostgrestClient,
  instance: Instance,
  signal: AbortSignal,
): Promise<Readiness> {
  const until = performance.now() + readyWithinMs;
  try {
    for (;;) {
      if (await client.isReady(instance, AbortSignal.any([signal, AbortSignal.timeout(hangMs)]))) return 'ready';
      if (performance.now() >= until || signal.aborted) return 'not_ready';
      await delay(pollMs);
    }
  } catch (error) {
    return asInstanceError(error);
  }
}

/** `coverage` without what is not known where the admin server does not say it. */
export function withReadiness(coverage: Coverage, readiness: Readiness): Coverage {
  if (readiness === 'ready' || readiness === 'not_ready') return coverage;
  const unknown = `whether its last load failed, which its admin server does not tell: ${readiness.message}`;
  return { ...coverage, doesNotCover: [...coverage.doesNotCover, unknown] };
}
