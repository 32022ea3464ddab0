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

/** Those that look alike. */
interface Group {
  /** When each was last seen. */
  sessions: Map<string, number>;
  /** How many of them listened at once, and when that was seen. */
  most: number;
  mostAt: number;
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
  const groups = new Map<string, Group>();

  return {
    saw(listening) {
      const at = now();
      for (const listener of listening) {
        const group = getOrMake(groups, groupOf(listener), () => ({ sessions: new Map(), most: 0, mostAt: at }));
        group.sessions.set(sessionOf(listener), at);
      }
      return [...groups].flatMap(([key, group]) => {
        const ended = endedIn(group, at);
        if (group.sessions.size === 0) groups.delete(key);
        if (ended <= mostReplacements * Math.max(group.most, 1)) return [];
        const [applicationName, clientAddress] = JSON.parse(key) as [string, string | null];
        return [{ applicationName, clientAddress, ended }];
      });
    },
  };
}

/** How many of a group ended in the window before `at`; what is older is forgotten. */
function endedIn(group: Group, at: number): number {
  const { sessions } = group;
  for (const [session, seenAt] of sessions) if (at - seenAt > windowMs) sessions.delete(session);
  const current = [...sessions.values()].filter((seenAt) => seenAt === at).length;
  if (current >= group.most || at - group.mostAt > windowMs) Object.assign(group, { most: current, mostAt: at });
  return sessions.size - current;
}

/** `PostgREST from 10.0.0.5: 4 sessions that listened ended in the last ten minutes.` */
export function describeRestless({ applicationName, clientAddress, ended }: Restless): string {
  const from = clientAddress === null ? '' : ` from ${clientAddress}`;
  return `${applicationName || 'A session'}${from}: ${ended} sessions that listened ended in the last ten minutes. What is sent while none listens is lost until PostgREST connects again and loads.`;
}

/** A deployment may bring another version. */
function groupOf({ applicationName, clientAddress }: Listener): string {
  return JSON.stringify([applicationName.replace(/ [\d.]+$/, ''), clientAddress]);
}

function sessionOf({ pid, connectedAt }: Listener): string {
  return `${pid} ${connectedAt.getTime()}`;
}
