import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { freePort } from '../../src/sandbox/ports.js';
import { until } from '../helper.js';

const build = fileURLToPath(new URL('../../', import.meta.url));
const nodeModules = resolve('node_modules');
const nobody = 65_534;

interface Run {
  process: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  /** Its folder for temporary files, which has to be empty in the end. */
  temporary: string;
  exit: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/** A folder of the test's own that anybody may look into. */
function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'pgrst-ops-test-'));
  chmodSync(path, 0o755);
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What `npm run build` leaves in a checkout, but its packages, in a folder of the test's own. */
function checkout(t: Test): string {
  const path = folder(t);
  cpSync(join(build, 'src'), join(path, 'dist'), { recursive: true });
  for (const part of ['migrations', 'package.json']) {
    cpSync(join(build, part), join(path, part), { recursive: true, dereference: true });
  }
  return path;
}

/** A checkout with the packages of this one. */
function linkedCheckout(t: Test): string {
  const path = checkout(t);
  symlinkSync(nodeModules, join(path, 'node_modules'));
  return path;
}

/** The folders of all packages that a checkout needs to run, as they are in this one. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([folder, { dev = false }]) => /^node_modules\//.test(folder) && !dev && existsSync(folder))
    .map(([folder]) => folder);
}

/** Starts the built service, in a session of its own, as `npm start` does; without `cwd` in a checkout of its own. */
function start(t: Test, env: Record<string, string>, { cwd, uid }: { cwd?: string; uid?: number } = {}): Run {
  const temporary = folder(t);
  if (uid !== undefined) chownSync(temporary, uid, uid);
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd: cwd ?? linkedCheckout(t),
    env: { PATH: process.env.PATH ?? '', TMPDIR: temporary, ...env },
    detached: true,
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const exit = once(child, 'exit') as Run['exit'];
  t.teardown(async () => {
    child.kill();
    await exit;
  });
  return { process: child, output: () => printed, temporary, exit };
}

/** Starts it and waits for the banner. */
async function startSandbox(t: Test, env: Record<string, string> = {}, options = {}): Promise<Run & { url: string }> {
  const port = await freePort();
  const run = start(t, { PORT: String(port), ...env }, options);
  const isThere = () => {
    if (run.process.exitCode !== null) throw new Error(run.output());
    return run.output().includes('Ctrl-C');
  };
  await until('the banner', isThere, 60_000);
  return { ...run, url: `http://127.0.0.1:${port}` };
}

/** On a busy machine a check may run out of its second. */
async function becomesHealthy(t: Test, { url }: { url: string }): Promise<void> {
  let status = 0;
  await until('/health answers 200', async () => {
    ({ status } = await fetch(`${url}/health`));
    return status === 200;
  });
  t.equal(status, 200, '/health');
}

/** The addresses that the banner names. */
function addresses(output: string): number[] {
  return ['PostgREST ', 'PostgreSQL '].map((name) => Number(new RegExp(`^${name}.*:(\\d+)`, 'm').exec(output)?.[1]));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Nothing is left of a sandbox: no file, no process on its ports. */
async function isGone({ temporary, output }: Run): Promise<boolean> {
  const free = await Promise.all(addresses(output()).map(isFree));
  return readdirSync(temporary).length === 0 && free.every(Boolean);
}

t.test('without settings it comes up on real parts, and the commands of the banner work as printed', async (t) => {
  const run = await startSandbox(t);
  await becomesHealthy(t, run);

  const commands = run
    .output()
    .split('\n')
    .filter((line) => /^(column|curl)/.test(line));
  t.equal(commands.length, 3);
  const [story = '', verify = '', status = ''] = commands;
  const shell = (command: string) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
  for (const column of ['created_by', 'created_by_2']) {
    t.match(shell(story), new RegExp(`PGRST204.*'${column}'.*400\\n.*"outcome":"fresh".*\\n201\\n$`, 's'));
  }
  t.match(JSON.parse(shell(verify)), { consistent: true });
  t.match(JSON.parse(shell(status)), { state: 'ok' });

  run.process.kill('SIGTERM');
  t.same(await run.exit, [0, null]);
  t.ok(await isGone(run));
});

t.test('Ctrl-C, which npm passes on once more, ends it orderly', async (t) => {
  const run = await startSandbox(t);
  const group = -(run.process.pid ?? 0);
  process.kill(group, 'SIGINT');
  process.kill(group, 'SIGINT');
  t.same(await run.exit, [0, null]);
  t.ok(await isGone(run));
});

t.test('a signal to npm ends it too', async (t) => {
  const temporary = folder(t);
  const port = await freePort();
  // Without its scripts around it, which would build.
  const npm = spawn('npm', ['start', '--ignore-scripts'], {
    cwd: linkedCheckout(t),
    env: { PATH: process.env.PATH ?? '', HOME: temporary, TMPDIR: temporary, PORT: String(port) },
  });
  let output = '';
  npm.stdout.on('data', (chunk) => (output += chunk));
  await until('the banner', () => output.includes('Ctrl-C'), 60_000);
  npm.kill('SIGTERM');
  await until('the sandbox is gone', () => !readdirSync(temporary).some((name) => name.startsWith('pgrst-ops')));
  t.same(await Promise.all([port, ...addresses(output)].map(isFree)), [true, true, true]);
});

t.test('after kill -9 nothing is left, and the next start works on the same ports', async (t) => {
  const ports = { SANDBOX_POSTGRES_PORT: String(await freePort()), SANDBOX_POSTGREST_PORT: String(await freePort()) };
  const run = await startSandbox(t, ports);
  t.same(addresses(run.output()).map(String), [ports.SANDBOX_POSTGREST_PORT, ports.SANDBOX_POSTGRES_PORT]);
  run.process.kill('SIGKILL');
  await run.exit;
  const next = await startSandbox(t, ports);
  await becomesHealthy(t, next);
  t.same(readdirSync(run.temporary), []);
});

t.test('it works from a checkout that only its owner may look into, and as an ordinary user', async (t) => {
  const parent = checkout(t);
  for (const name of productionPackages()) {
    cpSync(name, join(parent, name), { recursive: true, verbatimSymlinks: true });
  }

  const asUser = await startSandbox(t, {}, { cwd: parent, ...(process.getuid?.() === 0 && { uid: nobody }) });
  await becomesHealthy(t, asUser);
  asUser.process.kill();
  await asUser.exit;
  t.ok(await isGone(asUser));

  chmodSync(parent, 0o700);
  const asOwner = await startSandbox(t, {}, { cwd: parent });
  await becomesHealthy(t, asOwner);
});

t.test('what it cannot do it says, with what to set', async (t) => {
  const badBinary = start(t, { POSTGREST_BIN: '/nowhere/postgrest' });
  t.same(await badBinary.exit, [2, null]);
  t.match(badBinary.output(), /^POSTGREST_BIN: got "\/nowhere\/postgrest", takes the path of a program.*\n$/);

  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  t.teardown(() => taken.close());
  const run = start(t, { SANDBOX_POSTGRES_PORT: String(port) });
  t.same(await run.exit, [1, null]);
  t.equal(run.output(), `SANDBOX_POSTGRES_PORT: port ${port} on 127.0.0.1 is taken.\n`);
  t.same(readdirSync(run.temporary), []);
});
