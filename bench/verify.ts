// `npm run bench:verify` measures what /schema/verify costs beside PostgREST's own load of the same schema. It takes
// minutes, and wants a machine that does nothing else.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { findPostgrest } from '../src/sandbox/binaries.js';
import { sandboxFor } from '../test/helper.js';
import { type Service, startService, timed } from './service.js';
import { asAuthenticator, makeTables } from './tables.js';

const sizes = [100, 1_000, 10_000];
const largest = Math.max(...sizes);
const rounds = 3;

t.test('verify beside a load of PostgREST', async (t) => {
  const sandbox = await sandboxFor(t);
  for (const size of sizes) {
    await t.test(`${size} tables of 10 columns`, async (t) => {
      const databaseUrl = await makeTables(t, sandbox.databaseUrl, `verify_${size}`, size);
      const postgrestUri = asAuthenticator(databaseUrl);
      const loadMs = await median(async () => dumpSchema(postgrestUri).ms);
      t.comment(`PostgREST loads it in ${loadMs.toFixed(0)} ms`);

      const { url } = await sandbox.addPostgrest({ PGRST_DB_URI: postgrestUri });
      const { url: withoutOpenApi } = await sandbox.addPostgrest({
        PGRST_DB_URI: postgrestUri,
        PGRST_OPENAPI_MODE: 'disabled',
      });
      const adminUrl = await serve(t, dumpSchema(postgrestUri).text);
      const openApiMs = await median(() => get(url));
      const variants = {
        schema_cache: { POSTGREST_URLS: url, POSTGREST_ADMIN_URLS: adminUrl },
        probe: { POSTGREST_URLS: withoutOpenApi },
        openapi: { POSTGREST_URLS: url },
      };
      for (const [source, env] of Object.entries(variants)) {
        const service = await startService(t, { ...env, DATABASE_URL: databaseUrl });
        const { ms, longestWait } = await verify(t, service, source);
        const objectMs = await median(() =>
          get(`${service.url}/schema/verify?object=public.t7.note`, { 'cache-control': 'no-cache' }),
        );
        const memory = service.peakMemory();
        const share = source === 'openapi' ? `, PostgREST's document alone ${openApiMs.toFixed(0)} ms` : '';
        t.comment(
          `  ${source.padEnd(13)}${ms.toFixed(0).padStart(6)} ms, one object ${objectMs.toFixed(0)} ms, ${memory} MB, longest wait of others ${longestWait.toFixed(0)} ms${share}`,
        );
        if (size === largest) judge(t, { source, ms, longestWait, memory, loadMs, openApiMs });
      }
    });
  }
});

interface Measured {
  source: string;
  ms: number;
  longestWait: number;
  memory: number;
  loadMs: number;
  openApiMs: number;
}

function judge(t: Test, { source, ms, longestWait, memory, loadMs, openApiMs }: Measured): void {
  t.ok(memory < 400, 'under 400 MB');
  t.ok(longestWait <= 50, 'nobody else waits for more than 50 ms');
  if (source === 'openapi') t.ok(ms - openApiMs <= openApiMs / 3, 'at most a third on top of the document');
  else t.ok(ms < loadMs, 'less than a load');
}

/** The median time of a verification and of the longest wait of other requests meanwhile. */
async function verify(t: Test, service: Service, source: string): Promise<{ ms: number; longestWait: number }> {
  const times: { ms: number; longestWait: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(
      await timed(service, async () => {
        const answer = await fetch(`${service.url}/schema/verify`, { headers: { 'cache-control': 'no-cache' } });
        t.match(await answer.json(), { consistent: true, instances: [{ source }] });
      }),
    );
  }
  times.sort((a, b) => a.ms - b.ms);
  return times[Math.floor(rounds / 2)] ?? { ms: Number.NaN, longestWait: Number.NaN };
}

function dumpSchema(uri: string): { text: string; ms: number } {
  const env = { PGRST_DB_URI: uri, PGRST_DB_SCHEMAS: 'public', PGRST_DB_ANON_ROLE: 'anon', PGRST_SERVER_PORT: '0' };
  const startedAt = performance.now();
  const text = execFileSync(findPostgrest(undefined), ['--dump-schema'], { env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return { text, ms: performance.now() - startedAt };
}

/** Stands in for the admin server of a later PostgREST. */
async function serve(t: Test, schemaCache: string): Promise<string> {
  const body = Buffer.from(schemaCache);
  const server = createServer((request, response) => response.end(request.url === '/schema_cache' ? body : ''));
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<number> {
  const startedAt = performance.now();
  await (await fetch(url, { headers })).arrayBuffer();
  return performance.now() - startedAt;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure());
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}
