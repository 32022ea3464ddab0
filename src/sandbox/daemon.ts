import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SandboxError } from './binaries.js';

/** The user to run as, where it is not our own. */
export interface Account {
  uid?: number;
  gid?: number;
}

export interface Program {
  /** What messages and its log file call it. */
  name: string;
  path: string;
  args: string[];
  env: Record<string, string>;
  account?: Account;
}

/** A program of the sandbox, running in the background and logging into the sandbox's folder. */
export interface Daemon {
  pid: number;
  /** The last lines that it logged. */
  log(): string;
}

const pollMs = 20;

/**
 * Starts `program` in `folder`, in a session of its own, and waits until `ready` says so.
 * Throws SandboxError with the end of its log if it ends first or is not ready within `deadlineMs`.
 */
export async function startDaemon(
  program: Program,
  folder: string,
  ready: () => Promise<boolean>,
  deadlineMs: number,
  onSpawn: (pid: number) => void,
): Promise<Daemon> {
  const logFile = join(folder, `${program.name}.log`);
  const output = openSync(logFile, 'a', 0o600);
  const child = spawn(program.path, program.args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...program.env },
    detached: true,
    stdio: ['ignore', output, output],
    ...program.account,
  });
  closeSync(output);
  const log = () => endOf(logFile);

  const failure = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new SandboxError(`${program.name} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) =>
      reject(new SandboxError(`${program.name} ended at once (${signal ?? `exit code ${code}`}):\n${log()}`)),
    );
  });
  // Only the race below listens.
  failure.catch(() => {});
  const pid = child.pid ?? (await failure);
  onSpawn(pid);

  try {
    const deadline = Date.now() + deadlineMs;
    while (!(await Promise.race([ready(), failure]))) {
      if (Date.now() > deadline) {
        throw new SandboxError(`${program.name} was not ready after ${deadlineMs / 1000} s:\n${log()}`);
      }
      await delay(pollMs);
    }
  } finally {
    // From here on it may end as it likes.
    child.removeAllListeners('exit');
  }
  return { pid, log };
}

/** The last lines of a file; none once it is gone: the guardian removes it as soon as the program has ended. */
function endOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
