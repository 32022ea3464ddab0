import pg from 'pg';
import type { CatalogOptions } from '../catalog/catalog.js';
import type { Exposure } from '../postgrest/exposure.js';
import { type Credentials, InstanceError, type InstanceErrorCode } from '../postgrest/instance.js';
import type { InstanceReport } from './comparer.js';

/** What the worker needs to read by itself. */
export interface WorkerSettings {
  databaseUrl: string;
  credentials: Credentials;
  options: CatalogOptions;
}

/** What is asked of the worker, and what it answers when it is done. */
export interface Calls {
  read: { question: { exposures: readonly PlainError<Exposure>[]; timeoutMs: number }; answer: PlainReport[] };
  hasChanged: { question: undefined; answer: boolean };
  fingerprint: { question: readonly string[]; answer: string };
}

export type CallMessage = {
  [Name in keyof Calls]: { id: number; name: Name; question: Calls[Name]['question'] };
}[keyof Calls];

export type AnswerMessage =
  | { id: number; report: PlainReport }
  | { id: number; answer: Calls[keyof Calls]['answer'] }
  | { id: number; error: PlainFailure };

/** Errors lose their class and code on the way from thread to thread: they travel as plain objects. */
export type PlainError<Value> = Omit<Value, 'error'> & { error?: { code: InstanceErrorCode; message: string } };
export type PlainReport = PlainError<InstanceReport>;
export interface PlainFailure {
  message: string;
  code: string | undefined;
  isFromServer: boolean;
}

export function toPlain<Value extends object>(value: Value): PlainError<Value> {
  if (!('error' in value) || !(value.error instanceof InstanceError)) return value as PlainError<Value>;
  const { code, message } = value.error;
  return { ...value, error: { code, message } };
}

export function fromPlain<Value>(value: PlainError<Value>): Value {
  const { error } = value;
  return (error === undefined ? value : { ...value, error: new InstanceError(error.code, error.message) }) as Value;
}

/** An error of node-postgres, or any other. */
export function toPlainFailure(error: unknown): PlainFailure {
  const { message, code }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  return { message, code, isFromServer: error instanceof pg.DatabaseError };
}

export function fromPlainFailure({ message, code, isFromServer }: PlainFailure): Error {
  const error = isFromServer ? new pg.DatabaseError(message, message.length, 'error') : new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
