import { coalesce } from '../lib/coalesce.js';
import { atHalfTime } from './half-time.js';
import type { Told } from './told.js';

/** Where the event trigger's notifications go while somebody keeps the gate; the payload is PostgREST's channel. */
export const gateChannel = 'pgrst_ops_gate';
/** The lock that says so, as in the event trigger; its second key is PostgREST's channel. */
export const gateLock = 'pgrst-ops:gate';

/**
 * Returns a function that checks whether PostgREST has to be told, however often it is called: calls while it checks
 * share the next check.
 */
export function createGate(told: Pick<Told, 'check'>): () => Promise<void> {
  return coalesce(() => atHalfTime(told.check));
}
