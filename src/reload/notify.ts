import type pg from 'pg';
import { findListeners, type Listeners } from '../catalog/listeners.js';

export type Payload = 'reload schema' | 'reload config';

/**
 * Sends the notifications on `channel` and returns who listened there at that time.
 * Throws what node-postgres throws (SQLSTATE 25006 on a standby).
 */
export async function notify(pool: pg.Pool, channel: string, payloads: readonly Payload[]): Promise<Listeners> {
  const listeners = await findListeners(pool, channel);
  await pool.query('select pg_catalog.pg_notify($1, payload) from unnest($2::text[]) as payload', [channel, payloads]);
  return listeners;
}

/** Whether anybody may hear a notification: somebody listens, or we may not see who does. */
export function isHeard(listeners: Listeners): boolean {
  return listeners.listening.length > 0 || !listeners.complete;
}
