// `npm test` runs the compiled tests on clusters that they share, `npm test -- build/test/x.test.js` some of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { startClusters } from './clusters.js';
import { isWhole, lane } from './lane.js';

// They do more in the lane `whole`; the others would do the same once more. The image is that lane's alone.
const withMore = [
  'diagnose/any-json',
  'diagnose/kinds',
  'e2e/story',
  'verify/corpus',
  'verify/live-corpus',
  'verify/property',
  'trigger/corpus',
  'watch/corpus',
];

const args = process.argv.slice(2);
const isFile = (arg: string) => arg.endsWith('.js');
const files = args.some(isFile) ? args.filter(isFile) : filesOfLane();
const { native, prepared, server, stop } = await startClusters();
const options = [...(isWhole ? ['--timeout=1800'] : []), ...args.filter((arg) => !isFile(arg))];
const tap = spawn('node_modules/.bin/tap', [...options, ...files], {
  env: {
    ...process.env,
    // Processes that end at the same time write it together, and one that reads half of it crashes.
    DISABLE_V8_COMPILE_CACHE: '1',
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

/** The lane's tests that there is a source of: build may hold more. */
function filesOfLane(): string[] {
  const sources = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const names = sources.filter((file) => file.endsWith('.test.ts')).map((file) => file.replace(/\.test\.ts$/, ''));
  const isOfWhole = (name: string) => withMore.includes(name) || name === 'docker';
  const isOfLane = (name: string) =>
    isWhole ? isOfWhole(name) : lane === 'rest' ? !isOfWhole(name) : name !== 'docker';
  const ofLane = names.filter(isOfLane);
  const units = ofLane.filter(isUnit);
  writeFileSync('build/test/units.test.js', units.map((name) => `import './${name}.test.js';\n`).join(''));
  const others = ofLane.filter((name) => !units.includes(name));
  return ['units', ...others].map((name) => `build/test/${name}.test.js`);
}

/** Whether a test starts nothing, not even the service: those share a process, whose start takes longer than they do. */
function isUnit(name: string): boolean {
  const imports = readFileSync(`test/${name}.test.ts`, 'utf8').match(/^import .*$|^} from .*$/gm) ?? [];
  return !imports.some((line) =>
    /helper\.js|field-case\.js|support\/|sandbox|child_process|captured|ask\.js|app\.js|service\.js/.test(line),
  );
}
