import { type Case, runsOn } from './cases.js';
import type { CorpusServer } from './server.js';

const workers = 3;

/**
 * Does `work` on each of `cases` that the server's version knows, a few at a time; returns the results in no order.
 * Throws once all are through if one threw, naming the cases.
 */
export async function mapCases<Result>(
  server: CorpusServer,
  cases: readonly Case[],
  work: (item: Case) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: string[] = [];
  const queue = cases.filter((item) => runsOn(server.version, item)).values();
  const worker = async () => {
    for (const item of queue) {
      try {
        results.push(await work(item));
      } catch (error) {
        failures.push(`${item.id}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return results;
}
