import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { type Lock, tryLock, unlock } from '../postgres/advisory-lock.js';
import { findListeners, type Listeners } from '../sessions/listeners.js';

export type Payload = 'reload schema' | 'reload config';

/** For how many ms others may keep somebody from having a notification sent. */
export const longestHoldUpMs = 1_000;

// As long as it takes others to hear of it.
const exclusiveMs = 50;

/**
 * Sends the notifications on `channel` and returns who listened there at that time.
 * Throws what node-postgres throws (SQLSTATE 25006 on a standby).
 */
export async function notify(
  client: pg.Pool | pg.ClientBase,
  channel: string,
  payloads: readonly Payload[],
): Promise<Listeners> {
  const listeners = await findListeners(client, channel);
  await client.query('select pg_catalog.pg_notify($1, payload) from unnest($2::text[]) as payload', [
    channel,
    payloads,
  ]);
  return listeners;
}

/**
 * As `notify`, unless another copy of this service does in the same moment, or it `isDue` no more once none can: then it
 * sends nothing and returns undefined.
 */
export async function notifyAlone(
  pool: pg.Pool,
  channel: string,
  payloads: readonly Payload[],
  isDue: () => Promise<boolean>,
): Promise<Listeners | undefined> {
  const client = await pool.connect();
  const lock: Lock = { kind: 'pgrst-ops:notify', name: channel };
  try {
    if (!(await tryLock(client, lock))) {
      client.release();
      return undefined;
    }
    if (!(await isDue())) {
      await unlock(client, lock);
      client.release();
      return undefined;
    }
    const listeners = await notify(client, channel, payloads);
    void unlockLater(client, lock);
    return listeners;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function unlockLater(client: pg.PoolClient, lock: Lock): Promise<void> {
  try {
    await delay(exclusiveMs);
    await unlock(client, lock);
    client.release();
  } catch {
    client.release(true);
  }
}

/** Whether anybody may hear a notification: somebody listens, or we may not see who does. */
export function isHeard(listeners: Listeners): boolean {
  return listeners.listening.length > 0 || !listeners.complete;
}
