import { coalesce } from '../lib/coalesce.js';
import type { Fingerprint, ReadFingerprint } from './fingerprint.js';
import { atHalfTime } from './half-time.js';

/** What there was when somebody else last told PostgREST to reload. */
export interface Announced {
  /** Somebody just has. Throws nothing. */
  heard(): Promise<void>;
  /** Whether it was the same schema as in `fingerprint`. */
  has(fingerprint: Fingerprint): boolean;
}

export function createAnnounced(readFingerprint: ReadFingerprint, onError: (error: unknown) => void): Announced {
  let last: Fingerprint | undefined;
  return {
    heard: coalesce(() =>
      atHalfTime(async () => {
        last = await readFingerprint();
      }).catch(onError),
    ),
    has: ({ schema }) => schema !== undefined && schema === last?.schema,
  };
}
