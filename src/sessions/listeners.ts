import type pg from 'pg';
import { readSql } from '../lib/sql.js';

const listenersSql = readSql(import.meta.url, './listeners.sql');

/** A session that waits for notifications. */
export interface Listener {
  pid: number;
  role: string;
  /** `PostgREST 12.0.2`, unless the instance was told otherwise. */
  applicationName: string;
  /** An IP address; null for a Unix socket. */
  clientAddress: string | null;
  connectedAt: Date;
  channel: string;
}

export interface Listeners {
  /** Those on the channel asked for. */
  listening: Listener[];
  /** Those on other channels. */
  elsewhere: Listener[];
  /** Whether that is all of them: false where this role may not see what other roles' sessions do. */
  complete: boolean;
}

/** Finds the sessions that listen on `channel` in PostgreSQL's own view of its sessions. */
export async function findListeners(pool: pg.Pool | pg.ClientBase, channel: string): Promise<Listeners> {
  const { rows } = await pool.query<Omit<Listener, 'channel'> & { query: string }>(listenersSql);
  const listeners = rows.flatMap(({ query, ...session }): Listener[] => {
    const name = listenedChannel(query);
    return name === undefined ? [] : [{ ...session, channel: name }];
  });
  return {
    listening: listeners.filter((listener) => listener.channel === channel),
    elsewhere: listeners.filter((listener) => listener.channel !== channel),
    complete: listeners.length === rows.length,
  };
}

/** The channel in a LISTEN statement; undefined for any other text. */
export function listenedChannel(query: string): string | undefined {
  const match = /^\s*listen\s+(?:"((?:[^"]|"")+)"|([^\s;"]+))/i.exec(query);
  return match?.[1]?.replaceAll('""', '"') ?? match?.[2]?.toLowerCase();
}
