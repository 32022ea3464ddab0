import { performance } from 'node:perf_hooks';
import { InstanceError } from '../postgrest/instance.js';
import { type InstanceReport, isFresh, type Observer } from './verify.js';

/** What was seen of each instance, and when. Times are those of `performance.now()`. */
export interface Sightings extends Observer {
  /**
   * A report for each instance, of looks that began after `time` only: what was seen before says nothing about what is
   * served since.
   */
  since(time: number): InstanceReport[];
  /** Whether each instance was seen not to be fresh, in looks that began after `time`. */
  wereAllStaleSince(time: number): boolean;
}

interface Sighting {
  report: InstanceReport;
  /** When the look began that saw it. */
  at: number;
  staleAt: number;
}

export function createSightings(): Sightings {
  let sightings = new Map<string, Sighting>();
  let lookBeganAt = 0;

  return {
    began(instances) {
      lookBeganAt = performance.now();
      const known = (instance: InstanceReport['instance']) =>
        sightings.get(instance.url) ?? { report: unanswered(instance), at: lookBeganAt, staleAt: 0 };
      sightings = new Map(instances.map((instance) => [instance.url, known(instance)]));
    },
    reported(report) {
      const { url } = report.instance;
      const staleAt = isFresh(report) ? (sightings.get(url)?.staleAt ?? 0) : lookBeganAt;
      sightings.set(url, { report, at: lookBeganAt, staleAt });
    },
    since(time) {
      return [...sightings.values()].map(({ report, at }) => (at >= time ? report : unanswered(report.instance)));
    },
    wereAllStaleSince(time) {
      return [...sightings.values()].every(({ staleAt }) => staleAt >= time);
    },
  };
}

function unanswered(instance: InstanceReport['instance']): InstanceReport {
  return { instance, error: new InstanceError('timeout', 'It has not answered since the notification.') };
}
