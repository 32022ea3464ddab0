import { Worker } from 'node:worker_threads';
import type { InstanceReport, Reader } from './comparer.js';
import {
  type AnswerMessage,
  type Calls,
  fromPlain,
  fromPlainFailure,
  type PlainReport,
  toPlain,
  type WorkerSettings,
} from './worker-messages.js';

interface Waiting {
  resolve(answer: never): void;
  reject(error: Error): void;
  onReport: ((report: InstanceReport) => void) | undefined;
}

// A schema of 10,000 tables takes a fifth of it. With a small young generation garbage does not pile up.
const resourceLimits = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 };

/** A reader in a thread of its own, which starts when it is first asked, and again after it died. */
export function createWorkerReader(settings: WorkerSettings): Reader {
  let worker: Worker | undefined;
  let calls = 0;
  const waiting = new Map<number, Waiting>();

  const start = (): Worker => {
    const started = new Worker(new URL('./worker.js', import.meta.url), { workerData: settings, resourceLimits });
    // It keeps nobody alive: whoever waits for it does.
    started.unref();
    started.on('message', receive);
    started.on('error', (error: Error) => end(started, error));
    started.on('exit', () => end(started, new Error('The thread that compares large schemas ended.')));
    return started;
  };

  const end = (ended: Worker, error: Error): void => {
    if (worker !== ended) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const receive = (message: AnswerMessage): void => {
    const call = waiting.get(message.id);
    if ('report' in message) {
      call?.onReport?.(fromPlain<InstanceReport>(message.report));
      return;
    }
    waiting.delete(message.id);
    if ('error' in message) call?.reject(fromPlainFailure(message.error));
    else call?.resolve(message.answer as never);
  };

  const ask = <Name extends keyof Calls>(
    name: Name,
    question: Calls[Name]['question'],
    onReport?: Waiting['onReport'],
  ): Promise<Calls[Name]['answer']> =>
    new Promise((resolve, reject) => {
      const id = ++calls;
      waiting.set(id, { resolve, reject, onReport });
      worker ??= start();
      worker.postMessage({ id, name, question });
    });

  return {
    async read(exposures, timeoutMs, onReport) {
      const reports = await ask('read', { exposures: exposures.map(toPlain), timeoutMs }, onReport);
      return reports.map((report: PlainReport) => fromPlain<InstanceReport>(report));
    },
    hasChanged: () => ask('hasChanged', undefined),
    fingerprint: (schemas) => ask('fingerprint', schemas),
    async close() {
      await worker?.terminate();
    },
  };
}
