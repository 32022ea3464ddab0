import { countSenders, isCopy, type Sender, type SenderCount, type Senders } from './senders.js';

/** Reload notifications of others that come so often that PostgREST hardly does anything but load. */
export interface Storm {
  /** The first notification of those that made it a storm. */
  since: Date;
  /** How many were heard since then. */
  notifications: number;
  /** Who sent the most, of those that are known if any is. */
  cause: SenderCount;
}

export interface StormWatch {
  /** Takes in one notification, heard at `at`: not before the last one. */
  heard(sender: Sender, at: Date): void;
  /** The storm that is on at `now`; undefined for none. */
  current(now: Date): Storm | undefined;
}

export const stormNotifications = 10;
export const stormWindowMs = 60_000;

/**
 * A storm begins with the 10th notification within 60 s. It is over when there were fewer than that in the last 60 s for
 * 60 s on end, so that one that swells and ebbs is one.
 */
export function watchForStorms(): StormWatch {
  /** The last few, the oldest first. */
  let last: { sender: Sender; at: Date }[] = [];
  let storm: { since: Date; senders: Senders } | undefined;

  const isOver = (now: Date): boolean => {
    const oldest = last[0]?.at ?? now;
    return now.getTime() - oldest.getTime() >= 2 * stormWindowMs;
  };

  const begin = (): typeof storm => {
    const [oldest] = last;
    const newest = last.at(-1);
    if (oldest === undefined || newest === undefined || last.length < stormNotifications) return undefined;
    if (newest.at.getTime() - oldest.at.getTime() > stormWindowMs) return undefined;
    const senders = countSenders();
    for (const { sender, at } of last) senders.count(sender, at);
    return { since: oldest.at, senders };
  };

  return {
    heard(sender, at) {
      if (storm !== undefined && isOver(at)) storm = undefined;
      last = [...last, { sender, at }].slice(-stormNotifications);
      if (storm === undefined) storm = begin();
      else storm.senders.count(sender, at);
    },
    current(now) {
      if (storm === undefined || isOver(now)) return undefined;
      const senders = storm.senders.list();
      const cause = senders.find(({ role }) => role !== null) ?? senders[0];
      return cause && { since: storm.since, notifications: storm.senders.total(), cause };
    },
  };
}

/** Who makes the storm, what it does, and what to do, in a few sentences; `isGated` as RELOAD_MODE has it. */
export function explainStorm({ notifications, cause }: Storm, isGated: boolean): string {
  return `${cause.notifications} of ${notifications} reload notifications came from ${nameOf(cause)}. PostgREST loads its schema cache for them, however little changed. ${remedyFor(cause, isGated)}`;
}

function nameOf(sender: Sender): string {
  const { role, applicationName } = sender;
  if (role === null) return 'sessions that had ended before they could be looked up';
  if (isCopy(sender)) return `another copy of pgrst-ops (role ${role})`;
  return applicationName === '' || applicationName === null
    ? `role ${role}, without an application_name`
    : `role ${role} with application_name ${applicationName}`;
}

function remedyFor(cause: Sender, isGated: boolean): string {
  if (isCopy(cause)) return 'Its GET /schema/reloads tells who asks for them.';
  const others =
    'GET /trigger/status shows other event triggers that notify; a program that notifies by itself should do so once, after its last change.';
  if (isGated) return `They do not come through the gate. ${others}`;
  return `Where they come from DDL in schemas that are not exposed, tell the event trigger the exposed schemas (pgrst.db_schemas), or set RELOAD_MODE=gated, which forwards real changes only. ${others}`;
}
