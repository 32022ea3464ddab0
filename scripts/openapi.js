// `npm run openapi` writes openapi.yaml from the routes; with --check it only tells whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { buildApp } from '../build/src/app.js';
import { createServices } from '../build/src/services.js';
import { readSettings } from '../build/src/settings.js';

const file = new URL('../openapi.yaml', import.meta.url);
// The routes alone make the document: nothing is connected to.
const env = { DATABASE_URL: 'postgres://localhost', POSTGREST_URLS: 'http://localhost' };
const settings = { ...readSettings(env), databaseUrl: env.DATABASE_URL };
const app = await buildApp(settings, createServices(settings, { info() {}, warn() {} }));
await app.ready();
const generated = app.swagger({ yaml: true });
await app.close();

if (!process.argv.includes('--check')) {
  writeFileSync(file, generated);
} else if (readFileSync(file, 'utf8') !== generated) {
  process.stderr.write('openapi.yaml is not what the routes generate: run `npm run openapi`.\n');
  process.exitCode = 1;
}
