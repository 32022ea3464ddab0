import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { Change } from './changes.js';
import { type ReloadAnswer, reload } from './four.js';

/** Instances that a service of their own reloads. */
export interface Mix {
  name: string;
  app: FastifyInstance;
  instances: readonly { url: string }[];
  /** Those that cannot be proven fresh; none where 200 is the answer. */
  bad: readonly { url: string }[];
  /** The answer's status. */
  status: number;
}

/** How many rounds to play: PGRST_OPS_ROUNDS, else `few`. */
export function roundsOr(few: number): number {
  return Number(process.env.PGRST_OPS_ROUNDS ?? few);
}

/**
 * Reloads, and asserts the answer at once: after 200 every instance of the mix serves the changes; any other answer names
 * the bad instances and no others.
 */
export async function reloadAndJudge(
  t: Test,
  mix: Mix,
  changes: Change[],
  wait: number,
  name: string,
): Promise<ReloadAnswer> {
  const answer = await reload(mix.app, wait);
  const unserved = answer.status === 200 ? await notServed(mix.instances, changes) : [];
  const told = { status: answer.status, laggards: answer.laggards ?? [], unserved };
  const expected = { status: mix.status, laggards: mix.bad.map(({ url }) => url), unserved: [] };
  t.same(told, expected, `${name}: ${mix.name}: ${changes.map(({ what }) => what).join(', ')}`, {
    answer: brief(answer),
  });
  return answer;
}

/** What clients meet at these instances that is not as it has to be after the changes. */
export async function notServed(instances: readonly { url: string }[], changes: Change[]): Promise<string[]> {
  const asked = instances.flatMap(({ url }) =>
    changes.map(async ({ what, ask, served }) => {
      const met = await ask(url).catch(String);
      return met === served ? [] : [`${url}: ${what}: ${met}`];
    }),
  );
  return (await Promise.all(asked)).flat();
}

/** What of an answer helps where it is a wrong one. */
function brief({ durationMs, notifications, instances }: ReloadAnswer) {
  const seen = (instances ?? []).map(({ url, error, drift }) => [
    url,
    error?.code,
    ...drift.map(({ object }) => object),
  ]);
  return { durationMs, notifications, seen };
}
