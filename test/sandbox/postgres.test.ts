import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { sandboxFor, until } from '../helper.js';

/** The files of shared memory that a process has mapped, but those that are gone at once when it ends. */
function sharedFiles(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  return [...new Set([...maps.matchAll(/\S*\/(?:PostgreSQL|mmap)\.\d+$/gm)].map(([path]) => path))];
}

function childrenOf(pid: number): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return children.trim().split(/\s+/).map(Number);
}

/** A zombie, which is one until its parent looks, has no memory any more. */
function hasEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8') === '';
  } catch {
    return true;
  }
}

t.test('nothing is left of a PostgreSQL that had to be killed', async (t) => {
  const sandbox = await sandboxFor(t);
  const files = sharedFiles(sandbox.postgresPid);
  t.not(files.length, 0, 'it has shared memory');
  const pids = [sandbox.postgresPid, ...childrenOf(sandbox.postgresPid)];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('it is gone', () => pids.every(hasEnded), 30_000);
  await sandbox.stop();
  t.same(files.filter(existsSync), []);
});
