import { setTimeout as realDelay } from 'node:timers/promises';
import pg from 'pg';
import { connectionTo, identifySession } from './connection.js';

export interface PersistentConnectionOptions {
  databaseUrl: string;
  /** The channels to listen on. */
  channels: readonly string[];
  onNotification(notification: pg.Notification): void;
  /** Is run on each new connection once it listens, and every second from then on. One that throws ends the connection. */
  beat(client: pg.ClientBase): Promise<void>;
  /** Is run once before the connection is closed in order. */
  beforeClose?(client: pg.ClientBase): Promise<void>;
  /** The connection is gone; another one is on its way unless it was closed. */
  onLost(): void;
  /** How long it rests at most between attempts that fail, of which each rest is twice the one before; 1 s if not given. */
  longestRestMs?: number;
  /** Waits `ms`, or until `signal` aborts; that of the real clock if not given. */
  delay?(ms: number, signal?: AbortSignal): Promise<unknown>;
}

/** A connection of its own that is kept up. */
export interface PersistentConnection {
  /** Settles when the connection is closed, or after a second where that hangs. */
  close(): Promise<void>;
}

const beatMs = 1_000;
const timeoutMs = 3_000;
const closeMs = 1_000;
// A process that is frozen or cut off does not beat: PostgreSQL ends its session, and what it held is free.
const idleTimeoutMs = 5_000;

/** Connects, listens and beats until it is closed, and connects again a second after it lost the connection. */
export function keepConnected(options: PersistentConnectionOptions): PersistentConnection {
  const { longestRestMs = beatMs, delay = delayOfClock } = options;
  const closing = new AbortController();
  const rest = (ms: number) => delay(ms, closing.signal).catch(() => {});
  let current: pg.Client | undefined;
  let failures = 0;

  const live = async (client: pg.Client): Promise<void> => {
    await client.connect();
    await identifySession(client);
    await client.query(setUpSql(options.channels));
    while (!closing.signal.aborted) {
      await options.beat(client);
      failures = 0;
      await rest(beatMs);
    }
    await options.beforeClose?.(client);
  };

  const keepUp = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const client = new pg.Client({
        ...connectionTo(options.databaseUrl),
        connectionTimeoutMillis: timeoutMs,
        query_timeout: timeoutMs,
      });
      // Whatever breaks the connection, the next beat meets it.
      client.on('error', () => {});
      client.on('notification', options.onNotification);
      current = client;
      await live(client).catch(() => {});
      options.onLost();
      await Promise.race([client.end().catch(() => {}), delay(timeoutMs)]);
      await rest(Math.min(beatMs * 2 ** failures++, longestRestMs));
    }
  };

  const kept = keepUp();
  return {
    async close() {
      closing.abort();
      await Promise.race([kept, delay(closeMs)]);
      // What it waits for may never come.
      current?.end().catch(() => {});
    },
  };
}

/** What nobody can end does not keep the process alive. */
function delayOfClock(ms: number, signal?: AbortSignal): Promise<void> {
  return realDelay(ms, undefined, signal === undefined ? { ref: false } : { signal });
}

/** Does not begin with LISTEN: by that PostgREST's own sessions are told. */
function setUpSql(channels: readonly string[]): string {
  const listens = channels.map((channel) => `listen ${pg.escapeIdentifier(channel)};`);
  return `set idle_session_timeout = ${idleTimeoutMs}; ${listens.join(' ')}`;
}
