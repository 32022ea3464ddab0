import { performance } from 'node:perf_hooks';
import { getOrMake } from '../lib/maps.js';
import type { Listener } from '../sessions/listeners.js';

/** Listeners that look alike, as those of one PostgREST do, and that do not stay. */
export interface Restless {
  applicationName: string;
  /** Null for a Unix socket. */
  clientAddress: string | null;
  /** How many of them ended in the last ten minutes. */
  ended: number;
}

/** Remembers who listened. */
export interface Turnover {
  /** These listen now. Returns those that keep coming and going. */
  saw(listening: readonly Listener[]): Restless[];
}

const windowMs = 600_000;
// A deployment replaces each of them once, and perhaps goes back.
const mostReplacements = 2;

/** `now` is milliseconds of a clock that never goes back. */
export function createTurnover(now = () => performance.now()): Turnover {
  /** For each group of those that look alike, when each session was last seen. */
  const groups = new Map<string, Map<string, number>>();

  return {
    saw(listening) {
      const at = now();
      for (const listener of listening) {
        getOrMake(groups, groupOf(listener), () => new Map()).set(sessionOf(listener), at);
      }
      return [...groups].flatMap(([group, sessions]) => {
        for (const [session, seenAt] of sessions) if (at - seenAt > windowMs) sessions.delete(session);
        if (sessions.size === 0) groups.delete(group);
        const current = [...sessions.values()].filter((seenAt) => seenAt === at).length;
        const ended = sessions.size - current;
        if (ended <= mostReplacements * Math.max(current, 1)) return [];
        const [applicationName, clientAddress] = JSON.parse(group) as [string, string | null];
        return [{ applicationName, clientAddress, ended }];
      });
    },
  };
}

/** `PostgREST 16.2 from 10.0.0.5: 4 sessions that listened ended in the last ten minutes.` */
export function describeRestless({ applicationName, clientAddress, ended }: Restless): string {
  const from = clientAddress === null ? '' : ` from ${clientAddress}`;
  return `${applicationName || 'A session'}${from}: ${ended} sessions that listened ended in the last ten minutes. What is sent while none listens is lost until PostgREST connects again and loads.`;
}

function groupOf({ applicationName, clientAddress }: Listener): string {
  return JSON.stringify([applicationName, clientAddress]);
}

function sessionOf({ pid, connectedAt }: Listener): string {
  return `${pid} ${connectedAt.getTime()}`;
}
