import { performance } from 'node:perf_hooks';

/** How often to look, and when to notify again, since the last request: often at first, then ever more rarely. */
export interface Pace {
  /** A notification was sent for a new request. */
  restart(): void;
  /** Somebody else sent a notification: ours can wait as long again, or is done where it was due. */
  heard(): void;
  /** Milliseconds until the next look. */
  nextPollMs(): number;
  /** Whether it is time to notify again. */
  isRepeatDue(): boolean;
  /** It was notified again: the next time is twice as far. */
  repeated(): void;
}

const firstPollMs = 10;
const longestPollMs = 500;
// A notification sent while PostgREST loads can be lost by old versions.
const firstRepeatMs = 1_500;
const longestRepeatMs = 16_000;
// Copies that wait for the same have theirs due about as far apart.
const togetherMs = 250;

export function createPace(): Pace {
  let pollMs = firstPollMs;
  let repeatMs = firstRepeatMs;
  let repeatAt = 0;

  const repeated = (): void => {
    repeatMs = Math.min(repeatMs * 2, longestRepeatMs);
    repeatAt = performance.now() + repeatMs;
  };

  return {
    restart() {
      pollMs = firstPollMs;
      repeatMs = firstRepeatMs;
      repeatAt = performance.now() + repeatMs;
    },
    heard() {
      pollMs = firstPollMs;
      if (performance.now() >= repeatAt - togetherMs) repeated();
      else repeatAt = performance.now() + repeatMs;
    },
    nextPollMs() {
      const now = pollMs;
      pollMs = Math.min(pollMs * 1.5, longestPollMs);
      return now;
    },
    isRepeatDue: () => performance.now() >= repeatAt,
    repeated,
  };
}
