import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../.cache', import.meta.url));

/** Has this version of an npm package in the folder `name` of .cache/, without its install scripts; returns its path. */
export function installed(name, packageName, version) {
  const folder = join(cache, name);
  const path = join(folder, 'node_modules', packageName);
  const manifest = join(path, 'package.json');
  if (!existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== version) {
    mkdirSync(folder, { recursive: true });
    const quietly = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', ['install', '--prefix', folder, ...quietly, `${packageName}@${version}`], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
  return path;
}
