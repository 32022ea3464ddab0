import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { coalesce } from '../lib/coalesce.js';
import { inTurn } from '../lib/serialize.js';
import { keepConnected, type PersistentConnection } from '../postgres/persistent-connection.js';
import { findSessionOwners, type SessionOwner } from '../sessions/session-owners.js';
import { countSenders, type SenderCount, unknownSender } from './senders.js';
import { explainStorm, type Storm, watchForStorms } from './storm.js';

/** A storm and what to do about it. */
export interface ExplainedStorm extends Storm {
  detail: string;
}

export interface NotificationListenerOptions {
  databaseUrl: string;
  /** The one that PostgREST listens on. */
  channel: string;
  /** Whether the event trigger's notifications go to the gate while somebody keeps it. */
  isGated: boolean;
  /** Whether this process sends its own notifications from the session with this process id. */
  isOwnSession(pid: number): boolean;
  /** Told of storms. */
  log: StormLog;
  /** The clock; the system's if not given. */
  now?: () => Date;
}

export interface StormLog {
  began(storm: ExplainedStorm): void;
  over(storm: ExplainedStorm): void;
}

/** Hears what others tell PostgREST: notifications that make it load its schema cache, which it does for an empty one too. */
export interface NotificationListener {
  /** Connects, and stays connected until it is closed. */
  start(): void;
  /** Has `hear` called as soon as one is heard, before it is known who sent it. */
  onHeard(hear: (at: Date) => void): void;
  /** Settles when all is heard that was sent before; false where it does not listen. Throws nothing. */
  catchUp(): Promise<boolean>;
  /** Who sent them, the most frequent first. */
  others(): SenderCount[];
  /** The storm that is on; undefined for none. */
  storm(): ExplainedStorm | undefined;
  /** Since when nothing was missed; undefined while it does not listen. */
  listeningSince(): Date | undefined;
  close(): Promise<void>;
}

const payloads = ['reload schema', ''];
// Sessions are looked up at once, and all that came in the meantime together: at most 20 times a second.
const lookUpRestMs = 50;
// A standby, or a changed password, refuses us for long.
const longestRestMs = 30_000;

export function createNotificationListener(options: NotificationListenerOptions): NotificationListener {
  const { databaseUrl, channel, isGated, isOwnSession, log, now = () => new Date() } = options;
  const hearers: ((at: Date) => void)[] = [];
  const senders = countSenders();
  const storms = watchForStorms();
  /** Of those it is not known yet who sent them. */
  let heard: { pid: number; at: Date }[] = [];
  let client: pg.ClientBase | undefined;
  let listeningSince: Date | undefined;
  let told: ExplainedStorm | undefined;
  let standing: PersistentConnection | undefined;
  const onItsTurn = inTurn();

  const current = (): ExplainedStorm | undefined => {
    const storm = storms.current(now());
    return storm && { ...storm, detail: explainStorm(storm, isGated) };
  };

  const tell = (): void => {
    const storm = current();
    const isSame = storm?.since === told?.since;
    if (told !== undefined && !isSame) log.over(told);
    if (storm !== undefined && !isSame) log.began(storm);
    told = storm;
  };

  const findOwners = async (pids: readonly number[]): Promise<Map<number, SessionOwner>> => {
    const on = client;
    if (on === undefined) return new Map();
    return onItsTurn(() => findSessionOwners(on, pids)).catch(() => new Map());
  };

  const attribute = coalesce(async () => {
    if (client === undefined || heard.length === 0) return;
    const batch = heard;
    heard = [];
    const owners = await findOwners([...new Set(batch.map(({ pid }) => pid))]);
    for (const { pid, at } of batch) {
      const sender = owners.get(pid) ?? unknownSender;
      senders.count(sender, at);
      storms.heard(sender, at);
    }
    tell();
    await delay(lookUpRestMs, undefined, { ref: false });
  });

  return {
    start() {
      standing ??= keepConnected({
        databaseUrl,
        channels: [channel],
        longestRestMs,
        onNotification({ payload = '', processId }) {
          if (!payloads.includes(payload) || isOwnSession(processId)) return;
          const at = now();
          heard.push({ pid: processId, at });
          for (const hear of hearers) hear(at);
          void attribute();
        },
        async beat(connected) {
          client = connected;
          listeningSince ??= now();
          await onItsTurn(() => connected.query('select 1'));
          void attribute();
          tell();
        },
        onLost() {
          client = undefined;
          listeningSince = undefined;
          tell();
        },
      });
    },
    onHeard: (hear) => void hearers.push(hear),
    async catchUp() {
      const on = client;
      if (on === undefined) return false;
      // PostgreSQL sends what a session has to be told of before it answers it.
      return onItsTurn(() => on.query('select 1')).then(
        () => on === client,
        () => false,
      );
    },
    others: senders.list,
    storm: current,
    listeningSince: () => listeningSince,
    async close() {
      await standing?.close();
    },
  };
}
