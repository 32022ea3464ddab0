import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { freePort } from '../src/sandbox/ports.js';
import { until } from '../test/helper.js';

/** The built service in a process of its own, ended with the test. */
export interface Service {
  url: string;
  /** The most memory that it has had, in MB. */
  peakMemory(): number;
}

export async function startService(t: Test, env: Record<string, string>): Promise<Service> {
  const port = await freePort();
  const server = fileURLToPath(new URL('../src/server.js', import.meta.url));
  const process = spawn(globalThis.process.execPath, [server], {
    env: { ...env, PORT: String(port), LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.teardown(() => process.kill());
  const url = `http://127.0.0.1:${port}`;
  const serves = () => {
    if (process.exitCode !== null) throw new Error(`The service ended with exit code ${process.exitCode}.`);
    return fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until('the service serves', serves, 30_000);
  return {
    url,
    peakMemory: () => {
      const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
  };
}

/** Runs `work` and returns how long it took, and the longest that the service made a request wait meanwhile; in ms. */
export async function timed(
  service: Service,
  work: () => Promise<unknown>,
): Promise<{ ms: number; longestWait: number }> {
  let isDone = false;
  let longestWait = 0;
  const watch = async () => {
    while (!isDone) {
      const startedAt = performance.now();
      await (await fetch(`${service.url}/health/live`)).arrayBuffer();
      longestWait = Math.max(longestWait, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const watching = watch();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  isDone = true;
  await watching;
  return { ms, longestWait };
}
