import { lookup } from 'node:dns/promises';
import type pg from 'pg';
import type { PostgrestClient } from '../postgrest/client.js';
import { asInstanceError, type ExposureOptions } from '../postgrest/exposure.js';
import { resolveInstances } from '../postgrest/fleet.js';
import type { Instance, InstanceError } from '../postgrest/instance.js';
import { findDeafness } from '../sessions/deafness.js';
import { findListeners, type Listener } from '../sessions/listeners.js';
import type { Source } from '../verify/report.js';
import { isFailure, type Verifier } from '../verify/verify.js';
import { pairListeners } from './pair.js';
import { type FleetProblem, fleetProblems } from './problems.js';
import type { Turnover } from './turnover.js';

/** One instance, and what is known of it. */
export interface FleetInstance {
  url: string;
  /** Why it could not be asked. */
  error?: InstanceError;
  /** Empty where it is not known. */
  version: string;
  schemas: readonly string[];
  /** Where it was last read; undefined where it was not. */
  source: Source | undefined;
  /** The session that waits for notifications on its behalf; null where none is seen. */
  listener: Listener | null;
  /** When a comparison began that found it fresh; undefined where none did in the life of this process. */
  provenFreshAt: Date | undefined;
}

/** The instances, beside the listeners that PostgreSQL sees. */
export interface Fleet {
  channel: string;
  instances: FleetInstance[];
  /** The other sessions that listen, on whatever channel. */
  otherListeners: Listener[];
  problems: FleetProblem[];
}

export interface FleetOptions extends ExposureOptions {
  pool: pg.Pool;
  client: PostgrestClient;
  instances: readonly Instance[];
  channel: string;
  verifier: Pick<Verifier, 'last' | 'provenFreshAt'>;
  turnover: Turnover;
}

const answerTimeoutMs = 2_000;

/** Returns a function that looks at the fleet; it throws what node-postgres throws. */
export function createFleet(options: FleetOptions): () => Promise<Fleet> {
  const { pool, channel, verifier, turnover } = options;
  return async () => {
    const resolved = await resolveInstances(options.instances);
    const [listeners, deafness, asked] = await Promise.all([
      findListeners(pool, channel),
      findDeafness(pool),
      Promise.all(resolved.map((instance) => askInstance(options, instance))),
    ]);
    const { paired, others } = pairListeners(asked, listeners.listening);
    const reports = verifier.last()?.reports ?? [];
    const instances = asked.map((facts, position): FleetInstance => {
      const { url } = facts;
      const report = reports.find(({ instance }) => instance.url === url);
      return {
        ...(facts.error !== undefined && { error: facts.error }),
        url,
        version: facts.version,
        schemas: facts.schemas,
        source: report === undefined || isFailure(report) ? undefined : report.source,
        listener: paired[position] ?? null,
        provenFreshAt: verifier.provenFreshAt(url),
      };
    });
    const deaf = instances.filter(({ error, listener }) => error === undefined && listener === null);
    const urls = deaf.map(({ url }) => url);
    const problems = fleetProblems({
      ...{ channel, deaf: urls, listeners, others, deafness },
      restless: turnover.saw(listeners.listening),
    });
    return { channel, instances, otherListeners: [...others, ...listeners.elsewhere], problems };
  };
}

async function askInstance({ client, schemas }: FleetOptions, instance: Instance) {
  const { url } = instance;
  const addresses = await addressesOf(instance);
  try {
    const identity = await client.identify(instance, AbortSignal.timeout(answerTimeoutMs));
    return { url, addresses, version: identity.version, schemas: schemas ?? identity.schemas };
  } catch (error) {
    return { url, addresses, version: '', schemas: [], error: asInstanceError(error) };
  }
}

/** The addresses of its host; none where the name does not resolve. */
async function addressesOf({ url }: Instance): Promise<string[]> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
