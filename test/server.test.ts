import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const server = fileURLToPath(new URL('../src/server.js', import.meta.url));

/** Runs the built service in a folder with this `.env` file until it ends. */
async function run(t: Test, env: NodeJS.ProcessEnv, dotenv = ''): Promise<{ exitCode: number; stderr: string }> {
  const cwd = t.testdir();
  writeFileSync(`${cwd}/.env`, dotenv);
  const child = spawn(process.execPath, [server], { cwd, env });
  t.teardown(() => child.kill('SIGKILL'));
  const [[exitCode], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  return { exitCode, stderr };
}

t.test('it ends with exit code 2 and a line for each mistake in the settings', async (t) => {
  const env = { POSTGREST_URLS: 'http://rest.example:3000', API_TOKEN: 'ci:read:hunter2', PORT: 'abc' };
  const { exitCode, stderr } = await run(t, env);
  t.equal(exitCode, 2);
  t.strictSame(stderr.split('\n').sort(), [
    '',
    'API_TOKEN: there is no such setting; did you mean API_TOKENS?',
    'DATABASE_URL: not set, takes a postgres:// URL beside POSTGREST_URLS',
    'PORT: got "abc", takes a port from 0 to 65535',
  ]);
});

t.test('it reads the .env file of the folder that it is started in', async (t) => {
  const expected = { exitCode: 2, stderr: 'PORT: got "abc", takes a port from 0 to 65535\n' };
  t.strictSame(await run(t, {}, 'PORT=abc\n'), expected);
});

t.test('it ends with exit code 1 and one line when its port is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const env = { DATABASE_URL: 'postgres://db.example/app', POSTGREST_URLS: 'http://rest.example:3000' };
  const { exitCode, stderr } = await run(t, { ...env, PORT: String(port) });
  t.equal(exitCode, 1);
  t.match(stderr, new RegExp(`^[^\\n]*\\b${port}\\b[^\\n]*\\n$`));
});
