// `npm run test:matrix` runs the tests of what depends on PostgreSQL's version on every PostgreSQL, with `-- 14 16` on some.
// What it needs it downloads once into .cache/.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addSymlinks, postgresPackage } from '../build/src/sandbox/binaries.js';
import { installed } from './installed.js';

const packageVersions = new Map([
  ['14', '14.23.0-beta.17'],
  ['15', '15.18.0-beta.17'],
  ['16', '16.14.0-beta.17'],
  ['17', '17.10.0-beta.17'],
  ['18', '18.4.0-beta.17'],
]);
const project = fileURLToPath(new URL('..', import.meta.url));

const known = [...packageVersions.keys()];
const asked = process.argv.slice(2);
const unknown = asked.filter((version) => !known.includes(version));
if (unknown.length > 0) {
  process.stderr.write(`test:matrix takes PostgreSQL versions (${known.join(', ')}), got "${unknown.join(' ')}"\n`);
  process.exit(2);
}

const folders = ['catalog', 'diagnose', 'postgrest', 'reload', 'trigger', 'watch'].map((folder) => `test/${folder}`);
const tests = folders.flatMap((folder) =>
  readdirSync(join(project, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `build/${folder}/${name.replace(/ts$/, 'js')}`),
);
const results = known
  .filter((version) => asked.length === 0 || asked.includes(version))
  .map((version) => {
    const native = join(installed(`postgres-${version}`, postgresPackage, packageVersions.get(version)), 'native');
    addSymlinks(native);
    const name = execFileSync(join(native, 'bin/postgres'), ['--version'], { encoding: 'utf8' }).trim();
    process.stdout.write(`\n${name}\n`);
    const env = { ...process.env, PGRST_OPS_TEST_POSTGRES: native };
    const { status } = spawnSync('node', ['--enable-source-maps', 'build/test/support/run.js', ...tests], {
      cwd: project,
      env,
      stdio: 'inherit',
    });
    return { name, passed: status === 0 };
  });

for (const { name, passed } of results) process.stdout.write(`${name}: ${passed ? 'passed' : 'failed'}\n`);
if (!results.every(({ passed }) => passed)) process.exitCode = 1;
