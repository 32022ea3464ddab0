import { performance } from 'node:perf_hooks';
import { InstanceError } from '../postgrest/instance.js';
import type { InstanceReport, Observer } from './verify.js';

/** What was last seen of each instance, and when the look began that saw it. */
export interface Sightings extends Observer {
  /**
   * A report for each instance, of looks that began after `time` (on the clock of `performance.now()`) only: what was
   * seen before says nothing about what is served since.
   */
  since(time: number): InstanceReport[];
}

export function createSightings(): Sightings {
  const sightings = new Map<string, { report: InstanceReport; at: number }>();
  let lookBeganAt = 0;

  return {
    began(instances) {
      lookBeganAt = performance.now();
      const urls = new Set(instances.map(({ url }) => url));
      for (const url of [...sightings.keys()].filter((url) => !urls.has(url))) sightings.delete(url);
      for (const instance of instances) {
        if (!sightings.has(instance.url))
          sightings.set(instance.url, { report: unanswered(instance), at: lookBeganAt });
      }
    },
    reported(report) {
      sightings.set(report.instance.url, { report, at: lookBeganAt });
    },
    since(time) {
      return [...sightings.values()].map(({ report, at }) => (at >= time ? report : unanswered(report.instance)));
    },
  };
}

function unanswered(instance: InstanceReport['instance']): InstanceReport {
  return { instance, error: new InstanceError('timeout', 'It has not answered since the notification.') };
}
