import { quantile } from './quantile.js';
import type { Variant } from './variants.js';

/** What a variant took in each round, in ms. */
export interface Series {
  name: Variant['name'];
  durations: number[];
}

/** How long a variant takes, and how many times as long as the first one of the same rounds. */
export interface Summary {
  name: Variant['name'];
  median: number;
  ratio: { lower: number; median: number; upper: number };
}

/**
 * Has `work` done under each variant in each round, every time in another order: a disturbance hits all of them, and
 * none always comes after the same other. What `warmUp` takes does not count.
 */
export async function inRounds(
  rounds: number,
  variants: readonly Variant[],
  warmUp: () => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<Series[]> {
  const series = variants.map(({ name, switchOn }) => ({ name, switchOn, durations: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { switchOn, durations } of orderOf(round, series)) {
      await switchOn();
      await warmUp();
      const startedAt = performance.now();
      await work();
      durations.push(performance.now() - startedAt);
    }
  }
  return series;
}

/** Medians, and the median and quartiles of the ratios within each round: a slow round is slow for all. */
export function summarise(series: readonly Series[]): Summary[] {
  const baseline = series[0]?.durations ?? [];
  return series.map(({ name, durations }) => {
    const ratios = durations.map((duration, round) => duration / (baseline[round] ?? Number.NaN));
    return {
      name,
      median: quantile(durations, 0.5),
      ratio: { lower: quantile(ratios, 0.25), median: quantile(ratios, 0.5), upper: quantile(ratios, 0.75) },
    };
  });
}

/** `values` from another one on every second round, and backwards every other round. */
function orderOf<Value>(round: number, values: readonly Value[]): Value[] {
  const start = Math.floor(round / 2) % values.length;
  const order = [...values.slice(start), ...values.slice(0, start)];
  return round % 2 === 0 ? order : order.reverse();
}
