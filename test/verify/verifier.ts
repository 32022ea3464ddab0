import type pg from 'pg';
import type { PostgrestClient } from '../../src/postgrest/client.js';
import type { Instance } from '../../src/postgrest/instance.js';
import { createReader } from '../../src/verify/comparer.js';
import { createVerifier, type Verifier } from '../../src/verify/verify.js';

/** A verifier that reads in this thread, whatever the size of the schema. */
export function verifierOn(
  pool: pg.Pool,
  client: PostgrestClient,
  instances: readonly Instance[],
  role: string,
  schemas?: string[],
): Verifier {
  const reader = createReader(pool, client, { role });
  return createVerifier({ pool, client, instances, schemas, reader, largeReader: reader });
}
