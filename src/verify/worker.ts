// A thread of its own for large schemas: parsing and comparing them would keep everybody else waiting.
import { parentPort, workerData } from 'node:worker_threads';
import { createPool } from '../postgres/pool.js';
import { createPostgrestClient } from '../postgrest/client.js';
import type { Exposure } from '../postgrest/exposure.js';
import { createReader } from './comparer.js';
import {
  type AnswerMessage,
  type CallMessage,
  fromPlain,
  toPlain,
  toPlainFailure,
  type WorkerSettings,
} from './worker-messages.js';

const { databaseUrl, credentials, options } = workerData as WorkerSettings;
// One instance's set of schemas is read at a time.
const pool = createPool(databaseUrl, 1);
const reader = createReader(pool, createPostgrestClient(credentials), options);
const post = (message: AnswerMessage) => parentPort?.postMessage(message);

parentPort?.on('message', async (call: CallMessage) => {
  const { id } = call;
  try {
    post({ id, answer: await answer(call) });
  } catch (error) {
    post({ id, error: toPlainFailure(error) });
  }
});

async function answer(call: CallMessage) {
  if (call.name === 'hasChanged') return reader.hasChanged();
  if (call.name === 'fingerprint') return reader.fingerprint(call.question);
  const { exposures, timeoutMs } = call.question;
  const reports = await reader.read(
    exposures.map((exposure) => fromPlain<Exposure>(exposure)),
    timeoutMs,
    (report) => post({ id: call.id, report: toPlain(report) }),
  );
  return reports.map(toPlain);
}
