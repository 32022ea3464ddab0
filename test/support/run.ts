// `npm test` runs the compiled tests on clusters that they share, `npm test -- build/test/x.test.js` some of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { startClusters } from './clusters.js';

const args = process.argv.slice(2);
const isFile = (arg: string) => arg.endsWith('.js');
const files = args.some(isFile) ? args.filter(isFile) : allFiles();
const { native, prepared, server, stop } = await startClusters();
const tap = spawn('npx', ['tap', ...args.filter((arg) => !isFile(arg)), ...files], {
  env: {
    ...process.env,
    PGRST_OPS_TEST_POSTGRES: native,
    PGRST_OPS_TEST_CLUSTER: prepared,
    PGRST_OPS_TEST_SERVER: server,
  },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal));
const [code] = await once(tap, 'exit');
await stop();
process.exitCode = code ?? 1;

/** Every test that there is a source of: build may hold more. */
function allFiles(): string[] {
  const sources = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const tests = sources.filter((file) => file.endsWith('.test.ts'));
  return tests.map((file) => `build/test/${file.replace(/ts$/, 'js')}`);
}
