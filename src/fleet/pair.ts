import type { Listener } from '../sessions/listeners.js';

/** What tells which session is whose. */
export interface Pairable {
  version: string;
  /** The addresses of the instance's host. */
  addresses: readonly string[];
}

/**
 * Finds the listener of each instance: one of its version and address, else one of its version that is of no other
 * instance's address. Of several that are alike any is taken, so that only their number tells. Returns the listeners in
 * the order of `instances`, null where there is none, and those that are left.
 */
export function pairListeners(
  instances: readonly Pairable[],
  listeners: readonly Listener[],
): { paired: (Listener | null)[]; others: Listener[] } {
  const paired = instances.map((): Listener | null => null);
  // Others may listen too: whoever names itself as PostgREST does goes first.
  const left = new Set([...listeners].sort((one, other) => Number(isNamed(other)) - Number(isNamed(one))));
  const take = (fits: (instance: Pairable, listener: Listener) => boolean) => {
    for (const [position, instance] of instances.entries()) {
      if (paired[position] !== null) continue;
      const found = [...left].find((listener) => isOfVersion(instance, listener) && fits(instance, listener));
      if (found === undefined) continue;
      paired[position] = found;
      left.delete(found);
    }
  };
  const isAt = ({ addresses }: Pairable, { clientAddress }: Listener) =>
    clientAddress !== null && addresses.includes(clientAddress);
  take(isAt);
  // Behind a NAT, or on another network than the one where we reach it.
  take((_, listener) => !instances.some((other) => isAt(other, listener)));
  return { paired, others: listeners.filter((listener) => left.has(listener)) };
}

function isNamed(listener: Listener): boolean {
  return versionOf(listener) !== undefined;
}

/** PGAPPNAME hides the version of a listener, a gateway that of an instance. */
function isOfVersion({ version }: Pairable, listener: Listener): boolean {
  const listening = versionOf(listener);
  return listening === undefined || version === '' || listening === version;
}

function versionOf({ applicationName }: Listener): string | undefined {
  return /^PostgREST ([\d.]+)/.exec(applicationName)?.[1];
}
