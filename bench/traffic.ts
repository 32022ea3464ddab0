import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** What became of an ordinary request. Times are those of `performance.now()`. */
export interface Answer {
  /** When it was due: waiting for others to be answered counts. */
  dueAt: number;
  /** When its answer, or the failure, was there. */
  endedAt: number;
  isGood: boolean;
}

export interface Traffic {
  /** Sends no more, waits for what is under way and returns all answers, in the order of the requests. */
  stop(): Promise<Answer[]>;
}

// Of clients of their own: with fewer, one that waits for its answer would have the others wait in this process.
const connections = 16;
const timeoutMs = 30_000;

/** Sends GET `path` to each of `urls` once every `paceMs`, whether those before have been answered or not. */
export function startTraffic(urls: readonly string[], path: string, paceMs: number): Traffic {
  const pools = urls.map(
    (url) => new Pool(url, { connections, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
  );
  const requests: Promise<Answer>[] = [];
  let isStopped = false;
  const send = async () => {
    const startedAt = performance.now();
    for (let number = 0; !isStopped; number++) {
      const dueAt = startedAt + number * paceMs;
      await delay(Math.max(0, dueAt - performance.now()));
      if (!isStopped) for (const pool of pools) requests.push(get(pool, path, dueAt));
    }
  };
  const sending = send();
  const end = async () => {
    await sending;
    const answers = await Promise.all(requests);
    await Promise.all(pools.map((pool) => pool.close()));
    return answers;
  };
  let ended: Promise<Answer[]> | undefined;
  return {
    stop() {
      isStopped = true;
      ended ??= end();
      return ended;
    },
  };
}

async function get(pool: Pool, path: string, dueAt: number): Promise<Answer> {
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path });
    await body.text();
    return { dueAt, endedAt: performance.now(), isGood: statusCode === 200 };
  } catch {
    return { dueAt, endedAt: performance.now(), isGood: false };
  }
}

/** How long the requests took, in ms; one without a good answer took as long as we wait for one. */
export function latencies(answers: readonly Answer[]): number[] {
  return answers.map(({ dueAt, endedAt, isGood }) => (isGood ? endedAt - dueAt : timeoutMs));
}
