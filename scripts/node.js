// `npm run test:node -- 22` runs the tests on that Node, without a version on all that are supported. What it needs it
// downloads once into .cache/. Files may follow the versions.
import { execFileSync, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed } from './installed.js';

const packageVersions = new Map([
  ['20', '20.20.2'],
  ['22', '22.23.3'],
  ['24', '24.21.0'],
]);
const project = fileURLToPath(new URL('..', import.meta.url));
// The package `node` brings it in an install script; here it is installed as it is.
const nodePackage = `node-${process.platform}-${process.arch}`;

const known = [...packageVersions.keys()];
const args = process.argv.slice(2);
const files = args.filter((arg) => arg.endsWith('.js'));
const asked = args.filter((arg) => !files.includes(arg));
const unknown = asked.filter((version) => !known.includes(version));
if (unknown.length > 0) {
  process.stderr.write(`test:node takes Node versions (${known.join(', ')}) and files, got "${unknown.join(' ')}"\n`);
  process.exit(2);
}

const results = known
  .filter((version) => asked.length === 0 || asked.includes(version))
  .map((version) => {
    const bin = join(installed(`node-${version}`, nodePackage, packageVersions.get(version)), 'bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const name = `Node ${execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim()}`;
    process.stdout.write(`\n${name}\n`);
    const runner = ['--enable-source-maps', 'build/test/support/run.js', ...files];
    const { status } = spawnSync('node', runner, { cwd: project, env, stdio: 'inherit' });
    return { name, passed: status === 0 };
  });

for (const { name, passed } of results) process.stdout.write(`${name}: ${passed ? 'passed' : 'failed'}\n`);
if (!results.every(({ passed }) => passed)) process.exitCode = 1;
