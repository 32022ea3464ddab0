import { createHash, type Hash } from 'node:crypto';
import type { Model } from './model.js';

/** A text that is the same for two models of the same content, in whatever order, and the same `more`, in any either. */
export function fingerprintOf(model: Model, more: readonly (readonly unknown[])[] = []): string {
  const hash = createHash('sha256');
  for (const list of more) hash.update(JSON.stringify(list.map((each) => JSON.stringify(each)).sort()));
  for (const [name, part] of Object.entries(model)) {
    hash.update(`${name}\n`);
    if (part instanceof Set) hash.update(JSON.stringify([...part].sort()));
    else addEntries(hash, part);
  }
  return hash.digest('base64');
}

function addEntries(hash: Hash, entries: ReadonlyMap<string, unknown>): void {
  for (const [key, value] of sorted(entries)) hash.update(`${JSON.stringify([key, value], plain)}\n`);
}

function plain(_name: string, value: unknown): unknown {
  return value instanceof Map ? sorted(value) : value;
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
