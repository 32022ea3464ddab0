import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Loads } from '../sessions/loads.js';
import type { Clearance } from './clearance.js';
import { type Pursuit, pursue } from './pursuit.js';
import type { Sightings } from './sightings.js';
import type { Witness } from './witness.js';

/**
 * Looks for witnesses as soon as somebody comes, and pursues them: the sooner, the less an instance has taken up of what
 * all lacked. One pursuit serves as many as it can.
 */
export interface Search {
  /** Somebody has come: begins, unless there is a search that may serve them too. */
  begin(): void;
  /** Whether it goes on for those who have come and have not taken what it finds. */
  isWanted(): boolean;
  /** All who have come have taken what it finds, or wait no more. */
  unwant(): void;
  /** Whether every instance has taken up what was found, and that was read after `clearance`. */
  hasProven(clearance: Clearance): boolean;
  /**
   * What was found, or is anew where it was taken up too early to prove anything; undefined where nothing is. Whoever
   * takes it has to stop it, which ends it if nobody else needs it.
   */
  take(clearance: Clearance): Promise<Pursuit | undefined>;
}

interface Entry {
  begunAt: number;
  pursuit: Promise<Pursuit | undefined>;
  isFound: boolean;
  /** The pursuit, once it is found. */
  known: Pursuit | undefined;
  isWanted: boolean;
  wasTaken: boolean;
  /** Somebody who had taken it has stopped it before it was over. */
  wasGivenUp: boolean;
  /** How many have taken it and not stopped it. */
  holders: number;
}

// Where nothing is found it is looked for again as often, however many come.
const retryMs = 200;
// What is missing for longer may have been dropped again, before it was loaded.
const longestMs = 30_000;
// Of those that serve no newcomer.
const mostHeld = 3;
// PostgREST, when it is told, connects anew to PostgreSQL, for which its clients wait.
const reconnectMs = 60;
// Where a load takes less there is no time to wait until they have what they wait for.
const longLoadMs = 200;

export interface SearchOptions {
  /** Finds what every instance lacks; undefined where there is no such thing. */
  findWitnesses(): Promise<Witness[] | undefined>;
  sightings: Sightings;
  readLoads(): Promise<Loads>;
  /** When PostgREST was last told, on the clock of `performance.now()`. */
  toldAt(): number;
}

export function createSearch({ findWitnesses, toldAt, ...others }: SearchOptions): Search {
  let current: Entry | undefined;
  /** For how long the first instance to be through with a load was last seen to be at it; 0 where nothing was found since. */
  let loadMs = 0;
  /** Those before it that somebody still holds, the oldest first. */
  let held: Entry[] = [];

  const start = (): Entry => {
    if (current !== undefined) retire(current);
    const entry: Entry = {
      begunAt: performance.now(),
      pursuit: Promise.resolve(undefined),
      isFound: false,
      known: undefined,
      isWanted: true,
      wasTaken: false,
      wasGivenUp: false,
      holders: 0,
    };
    current = entry;
    entry.pursuit = find(entry).finally(() => {
      entry.isFound = true;
    });
    return entry;
  };

  /** Finds witnesses and pursues them, unless nobody wants that any more; undefined where there is nothing to pursue. */
  const find = async (entry: Entry): Promise<Pursuit | undefined> => {
    const restMs = toldAt() + reconnectMs - performance.now();
    if (loadMs >= longLoadMs && restMs > 0) await delay(restMs);
    if (!isNeeded(entry)) return undefined;
    const witnesses = await findWitnesses().catch(() => undefined);
    if (witnesses === undefined) loadMs = 0;
    else if (isNeeded(entry)) {
      entry.known = pursue({ witnesses, ...others });
      void noteLoad(entry.begunAt, entry.known);
    }
    return entry.known;
  };

  const noteLoad = async (begunAt: number, { areTakenUp, firstTakenUpAt }: Pursuit): Promise<void> => {
    if (!(await areTakenUp)) return;
    const ms = (firstTakenUpAt() ?? 0) - Math.max(begunAt, toldAt());
    // Else PostgREST was told again before the last instance was through with it.
    if (ms > 0) loadMs = ms;
  };

  /** Takes it out of the way of a new one: who holds it goes on, unless there are too many, or it takes too long. */
  const retire = (entry: Entry): void => {
    entry.isWanted = false;
    if (isNeeded(entry) && !isOld(entry)) held.push(entry);
    else end(entry);
    for (const tooMany of held.slice(0, -mostHeld)) end(tooMany);
  };

  const end = (entry: Entry): void => {
    if (current === entry) current = undefined;
    held = held.filter((other) => other !== entry);
    void entry.pursuit.then((pursuit) => pursuit?.stop());
  };

  const hold = async (entry: Entry): Promise<Pursuit | undefined> => {
    entry.holders++;
    entry.wasTaken = true;
    let isHeld = true;
    const letGo = (): void => {
      if (!isHeld) return;
      isHeld = false;
      entry.holders--;
      entry.wasGivenUp ||= entry.known?.isOver() === false;
      if (!isNeeded(entry)) end(entry);
    };
    const pursuit = await entry.pursuit;
    if (pursuit === undefined) letGo();
    return pursuit && { ...pursuit, stop: letGo };
  };

  return {
    begin() {
      const entry = current === undefined || isUseless(current) ? start() : current;
      entry.isWanted = true;
    },
    isWanted: () => current?.isWanted === true,
    unwant() {
      if (current === undefined) return;
      current.isWanted = false;
      if (!isNeeded(current)) end(current);
    },
    hasProven: (clearance) => current?.known?.isOver() === true && current.known.canProve(clearance),
    async take(clearance) {
      const entry = current ?? start();
      const pursuit = await hold(entry);
      if (pursuit === undefined || pursuit.canProve(clearance)) return pursuit;
      pursuit.stop();
      if (clearance.listening < pursuit.witnesses.length) return undefined;
      if (current !== entry && current !== undefined) return hold(current);
      // Whoever came for that one and has not taken it wants this one.
      const { isWanted } = entry;
      const anew = start();
      anew.isWanted = isWanted;
      return hold(anew);
    },
  };
}

function isNeeded({ isWanted, holders }: Entry): boolean {
  return isWanted || holders > 0;
}

function isOld({ begunAt }: Entry): boolean {
  return performance.now() - begunAt > longestMs;
}

/** Whether a search can serve nobody who comes now. */
function isUseless(entry: Entry): boolean {
  const { isFound, known, begunAt, wasTaken, wasGivenUp } = entry;
  if (!isFound) return false;
  if (known === undefined || known.hasFailed()) return performance.now() - begunAt > retryMs;
  return known.isOver() ? wasTaken : wasGivenUp || isOld(entry);
}
