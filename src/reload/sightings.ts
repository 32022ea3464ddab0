import { performance } from 'node:perf_hooks';
import { type Instance, InstanceError } from '../postgrest/instance.js';
import { type InstanceReport, isFailure, isFresh, type Observer } from '../verify/verify.js';

/** What was seen of each instance, and when. Times are those of `performance.now()`. */
export interface Sightings extends Observer {
  /** These are the instances that there are. */
  know(instances: readonly Instance[]): void;
  /** Notes what was seen of one thing that was asked for at `at`: where that is there, others may lack something else. */
  saw(report: InstanceReport, at: number): void;
  /**
   * A report for each instance, of looks that began after `time` only: what was seen before says nothing about what is
   * served since.
   */
  since(time: number): InstanceReport[];
  /** How an instance fared, for somebody who came at `cameAt` and for whom PostgREST was told at `toldAt`. */
  course(url: string, cameAt: number, toldAt: number): Course;
}

/** How an instance fared. */
export interface Course {
  /** Whether it was fresh when it was first seen since they came; undefined where it was not seen, or did not answer. */
  wasFresh: boolean | undefined;
  /** When it was first seen to be fresh since it was told, and not otherwise after that; undefined where it is not fresh. */
  freshAt: number | undefined;
}

interface Sighting {
  report: InstanceReport;
  /** When the look began that saw it. */
  at: number;
  /** When it was seen. */
  seenAt: number;
  /** Whether all was compared. */
  isWhole: boolean;
}

// More turns than anybody waits for.
const maxSightings = 50;

/** `instances` are those that there are until a look finds others. */
export function createSightings(instances: readonly Instance[]): Sightings {
  let known = instances;
  /** By address; of those in a row that are alike the first and the last. */
  let sightings = new Map<string, readonly Sighting[]>();
  let lookBeganAt = 0;

  const of = (url: string): readonly Sighting[] => sightings.get(url) ?? [];

  const note = (report: InstanceReport, at: number, isWhole: boolean): void => {
    const { url } = report.instance;
    const before = of(url);
    const isLike = (other: Sighting) => isFresh(other.report) === isFresh(report) && other.isWhole === isWhole;
    const isAlike = before.length > 1 && before.slice(-2).every(isLike);
    const kept = isAlike ? before.slice(0, -1) : before;
    sightings.set(url, [...kept, { report, at, seenAt: performance.now(), isWhole }].slice(-maxSightings));
  };

  const know: Sightings['know'] = (found) => {
    known = found;
    sightings = new Map(found.map(({ url }) => [url, of(url)]));
  };

  return {
    began(found) {
      lookBeganAt = performance.now();
      know(found);
    },
    know,
    reported: (report) => note(report, lookBeganAt, true),
    saw: (report, at) => note(report, at, false),
    since: (time) =>
      known.map((instance) => {
        const last = of(instance.url).at(-1);
        return last !== undefined && last.at >= time ? last.report : unanswered(instance);
      }),
    course(url, cameAt, toldAt) {
      const isTelling = ({ report, at, isWhole }: Sighting) => at >= cameAt && (isWhole || !isFresh(report));
      const first = of(url).find(isTelling)?.report;
      const seen = of(url).filter(({ at }) => at >= toldAt);
      const lastStale = seen.findLastIndex(({ report }) => !isFresh(report));
      return {
        wasFresh: first === undefined || isFailure(first) ? undefined : isFresh(first),
        freshAt: seen[lastStale + 1]?.seenAt,
      };
    },
  };
}

function unanswered(instance: Instance): InstanceReport {
  return { instance, error: new InstanceError('timeout', 'It has not answered since the notification.') };
}
