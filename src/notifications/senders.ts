/** Whose session sent a notification. */
export interface Sender {
  /** Null where it is not known. */
  role: string | null;
  /** As the session calls itself, which may be ''; null where it is not known. */
  applicationName: string | null;
}

/** What a sender sent. */
export interface SenderCount extends Sender {
  notifications: number;
  firstAt: Date;
  lastAt: Date;
}

/** Notifications, counted by sender. */
export interface Senders {
  /** Counts one that was heard at `at`. */
  count(sender: Sender, at: Date): void;
  /** How many were counted. */
  total(): number;
  /** The most frequent first. */
  list(): SenderCount[];
}

/** Whose session was gone before it could be looked up. */
export const unknownSender: Sender = { role: null, applicationName: null };

// Names may be made up for each session.
const maxSenders = 100;

/** Counts the first hundred senders each for itself, and further ones together as unknown. */
export function countSenders(): Senders {
  const counts = new Map<string, SenderCount>();
  let total = 0;

  const countOf = (sender: Sender, at: Date): SenderCount => {
    const key = keyOf(sender);
    const known = counts.get(key);
    if (known !== undefined) return known;
    if (counts.size >= maxSenders && key !== unknownKey) return countOf(unknownSender, at);
    const { role, applicationName } = sender;
    const added = { role, applicationName, notifications: 0, firstAt: at, lastAt: at };
    counts.set(key, added);
    return added;
  };

  return {
    count(sender, at) {
      const count = countOf(sender, at);
      count.notifications++;
      count.lastAt = at;
      total++;
    },
    total: () => total,
    list: () => [...counts.values()].map((count) => ({ ...count })).sort((a, b) => b.notifications - a.notifications),
  };
}

/** Whether it is a copy of this service, by the name that its sessions have. */
export function isCopy({ applicationName }: Sender): boolean {
  return applicationName === 'pgrst-ops';
}

const keyOf = ({ role, applicationName }: Sender): string => JSON.stringify([role, applicationName]);
const unknownKey = keyOf(unknownSender);
