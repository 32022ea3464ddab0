import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Daemon, startDaemon } from '../../src/sandbox/daemon.js';
import { isAlive, until } from '../helper.js';

const program = { name: 'program', path: '/bin/sh', args: ['-c', 'echo started; exec sleep 60'], env: {} };

async function daemonIn(t: Test, folder: string): Promise<Daemon> {
  const daemon = await startDaemon(
    program,
    folder,
    async () => true,
    30_000,
    (pid) => t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL')),
  );
  await until('it logs', () => daemon.log() === 'started');
  return daemon;
}

t.test('once it was ready it may end after its folder is gone', async (t) => {
  const folder = t.testdir();
  const { pid } = await daemonIn(t, folder);
  // Reading this as its log throws.
  renameSync(join(folder, 'program.log'), join(folder, 'moved.log'));
  mkdirSync(join(folder, 'program.log'));
  process.kill(pid, 'SIGKILL');
  await until('it has ended', () => !isAlive(pid));
  t.pass('nothing was thrown');
});

t.test('its log may vanish while it is read', async (t) => {
  const folder = t.testdir({ daemon: {} });
  const { log } = await daemonIn(t, join(folder, 'daemon'));
  const commands = 'i=0; while [ $i -lt 200 ]; do mv daemon gone; mv gone daemon; i=$((i + 1)); done';
  const mover = spawn('/bin/sh', ['-c', commands], { cwd: folder, stdio: 'ignore' });
  let isOver = false;
  const over = once(mover, 'exit').then(() => (isOver = true));
  const read = new Set<string>();
  while (!isOver) {
    for (let i = 0; i < 1000; i++) read.add(log());
    await new Promise(setImmediate);
  }
  await over;
  t.same([...read].sort(), ['', 'started']);
});
