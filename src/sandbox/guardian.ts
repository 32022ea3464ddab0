import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SandboxError } from './binaries.js';

/** Ends processes and removes a folder when this process ends, however it ends. */
export interface Guardian {
  watch(pid: number): void;
  /** Ends what is watched and removes the folder; resolves when that is done. */
  release(): Promise<void>;
}

/** Starts a guardian for `folder`. It sits in a session of its own: Ctrl-C in a terminal does not reach it. */
export function startGuardian(folder: string): Guardian {
  const script = fileURLToPath(new URL('./guardian.sh', import.meta.url));
  const child = spawn('/bin/sh', [script, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (child.pid === undefined) {
    child.on('error', () => {});
    throw new SandboxError('The sandbox needs /bin/sh, which cannot be run.');
  }
  const ended = once(child, 'exit');
  // Should it be gone, it has nothing left to do.
  child.stdin.on('error', () => {});
  return {
    watch: (pid) => child.stdin.write(`${pid}\n`),
    async release() {
      child.stdin.end();
      await ended;
    },
  };
}
