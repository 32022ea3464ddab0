import type { Clearance } from './clearance.js';
import { type Pursuit, pursue } from './pursuit.js';
import type { Sightings } from './sightings.js';
import type { Witness } from './witness.js';

/**
 * Looks for witnesses as soon as somebody comes, and pursues them: the sooner, the less an instance has taken up of what
 * all lacked.
 */
export interface Search {
  /** Begins for those who come from now on, unless it has begun. */
  begin(): void;
  isUnderWay(): boolean;
  stop(): void;
  /** Whether every instance has taken up what was found, and that was read after `clearance`. */
  hasProven(clearance: Clearance): boolean;
  /**
   * What was found, or is anew where it was taken up too early to prove anything; undefined where nothing is, or there is
   * no `clearance`. Whoever takes it has to stop it.
   */
  take(clearance: Clearance | undefined): Promise<Pursuit | undefined>;
}

interface Found {
  pursuit: Promise<Pursuit | undefined>;
  /** The same, once it is known. */
  known: Pursuit | undefined;
}

export function createSearch(findWitnesses: () => Promise<Witness[] | undefined>, sightings: Sightings): Search {
  let current: Found | undefined;

  const find = async (): Promise<Pursuit | undefined> => {
    const witnesses = await findWitnesses().catch(() => undefined);
    return witnesses && pursue(witnesses, sightings);
  };

  const take: Search['take'] = async (clearance) => {
    const taken = current;
    current = undefined;
    if (taken === undefined) return clearance && find();
    const pursuit = await taken.pursuit;
    if (pursuit === undefined || (clearance !== undefined && pursuit.canProve(clearance))) return pursuit;
    pursuit.stop();
    return clearance && find();
  };

  return {
    begin() {
      if (current !== undefined) return;
      const found: Found = { pursuit: find(), known: undefined };
      void found.pursuit.then((pursuit) => {
        found.known = pursuit;
      });
      current = found;
    },
    isUnderWay: () => current !== undefined,
    stop: () => void take(undefined),
    hasProven: (clearance) => current?.known?.isOver() === true && current.known.canProve(clearance),
    take,
  };
}
