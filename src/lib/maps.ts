/** What `map` has under `key`; made and kept where it has nothing. */
export function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** `values` by what `keyOf` says, in the order in which the keys appear. */
export function groupBy<Value, Key>(values: Iterable<Value>, keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) getOrMake(groups, keyOf(value), () => []).push(value);
  return groups;
}

/** `values` by what `keyOf` says; of several with one key, the last. */
export function keyBy<Value, Key>(values: Iterable<Value>, keyOf: (value: Value) => Key): Map<Key, Value> {
  const keyed = new Map<Key, Value>();
  for (const value of values) keyed.set(keyOf(value), value);
  return keyed;
}
