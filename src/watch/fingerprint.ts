import type pg from 'pg';
import { fingerprintConfiguration } from '../catalog/fingerprint.js';
import { isLarge } from '../catalog/size.js';
import { type ExposureOptions, exposuresOf } from '../postgrest/exposure.js';
import type { Instance } from '../postgrest/instance.js';
import { findListeners } from '../sessions/listeners.js';
import { schemasOfRoles } from '../sessions/role-schemas.js';
import type { Reader } from '../verify/comparer.js';

/** Texts that stay the same as long as what PostgREST reads in the database does. */
export interface Fingerprint {
  /** Undefined where nobody tells which schemas are exposed. */
  schema: string | undefined;
  /** An instance has never told which schemas it exposes: its may be missing. */
  isPartial: boolean;
  configuration: string;
}

/** Reads the fingerprint of this moment. Throws what node-postgres throws. */
export type ReadFingerprint = () => Promise<Fingerprint>;

export interface FingerprintOptions extends ExposureOptions {
  pool: pg.Pool;
  instances: readonly Instance[];
  channel: string;
  reader: Pick<Reader, 'fingerprint'>;
  largeReader: Pick<Reader, 'fingerprint'>;
}

const exposureTimeoutMs = 2_000;

/**
 * An instance that is away counts with the schemas that it exposed before, and PostgREST's roles are remembered too. One that
 * listens and that nobody told us of counts with what the settings of its role expose.
 */
export function createFingerprinter(options: FingerprintOptions): ReadFingerprint {
  const { pool, channel } = options;
  let exposed = new Map<string, readonly string[] | undefined>();
  let roles: string[] | undefined;

  const expose = async (): Promise<void> => {
    const exposures = await exposuresOf(options, options.instances, exposureTimeoutMs);
    exposed = new Map(
      exposures.map(({ instance: { url }, schemas, error }) => [url, error === undefined ? schemas : exposed.get(url)]),
    );
  };

  const findRoles = async (): Promise<void> => {
    const { listening } = await findListeners(pool, channel);
    if (listening.length > 0) roles = [...new Set(listening.map(({ role }) => role))];
  };

  return async () => {
    await Promise.all([expose(), findRoles()]);
    const configuration = await fingerprintConfiguration(pool, roles);
    const known = [...exposed.values()].filter((schemas) => schemas !== undefined);
    const isPartial = known.length < exposed.size;
    if (known.length === 0) return { schema: undefined, isPartial, configuration };
    const lists = distinct([...known, ...(await schemasOfRoles(pool, roles ?? []))]);
    const reader = (await isLarge(pool, lists.flat())) ? options.largeReader : options.reader;
    const schemas = await Promise.all(lists.map((list) => reader.fingerprint(list)));
    return { schema: schemas.join(' '), isPartial, configuration };
  };
}

function distinct(lists: readonly (readonly string[])[]): (readonly string[])[] {
  return [...new Map(lists.map((list) => [JSON.stringify(list), list])).values()];
}
