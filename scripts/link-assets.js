// What the compiled tests read and tsc does not compile they find in build where they would find it here.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

for (const asset of ['migrations', 'package.json', 'test/fixtures', 'bench/listen.js']) {
  const link = join('build', asset);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), asset), link);
}
