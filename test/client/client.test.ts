import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { appOn, connect, post, until } from '../helper.js';
import { databaseFor } from '../support/database.js';

/** What a user of the contract writes: generated types, openapi-fetch, and the names of fields as they are typed. */
const usage = `
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

export async function deploy(baseUrl: string, token: string) {
  const { GET, POST } = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });

  const health = await GET('/health', { params: { query: { exclude: 'trigger,drift' } } });
  const database: 'pass' | 'warn' | 'fail' | undefined = health.data?.checks?.database?.[0]?.status;

  const plan = await POST('/trigger/install', { params: { query: { dryRun: true } } });
  const sql: string | undefined = plan.data?.outcome === 'dry_run' ? plan.data.sql : undefined;

  const before = await GET('/schema/verify', { params: { query: { object: 'public.organizations.created_by' } } });
  const drift: string[] | undefined = before.data?.instances.flatMap((instance) =>
    instance.drift.map(({ kind, object }) => \`\${kind} \${object}\`),
  );

  const reload = await POST('/schema/reload', { body: { wait: 30, reason: 'deploy 42' } });
  const outcome: 'fresh' | 'notified' | undefined = reload.data?.outcome;

  const installation = await POST('/trigger/install');
  const installed: string | undefined = installation.data?.outcome;
  const trigger = await GET('/trigger/status');
  const events: string[] | undefined = trigger.data?.eventTriggers.map(({ event }) => event).sort();

  const unknown = await GET('/schema/verify', { params: { query: { schema: 'nothing' } } });
  const code: string | undefined = unknown.error && 'code' in unknown.error ? unknown.error.code : undefined;

  return { database, sql, drift, outcome, installed, state: trigger.data?.state, events, code };
}
`;

/** Reads each what is not there, or sends what is not taken. */
const misuses: Record<string, string> = {
  'a field that an answer does not have': `(await GET('/health')).data?.checked`,
  'a field of another kind': `const durationMs: string | undefined = (await POST('/schema/reload', { body: {} })).data?.durationMs; void durationMs`,
  'an outcome that there is not': `(await POST('/schema/reload', { body: {} })).data?.outcome === 'perfect'`,
  'a path that there is not': `await GET('/schema/check')`,
  'a method that the path does not take': `await POST('/trigger/status')`,
  'a query that nobody knows': `await GET('/health', { params: { query: { stern: true } } })`,
  'a body that is not taken': `await POST('/schema/reload', { body: { wait: 'long' } })`,
};
const misuse = (statement: string) => `
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

const { GET, POST } = createClient<paths>({ baseUrl: 'http://localhost' });
void [GET, POST];
${statement};
`;

/** Compiles the files of `folder` as strictly as this project, and returns what the compiler has against them. */
function compile(folder: string, names: string[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
  const files = names.map((name) => join(folder, name));
  const program = ts.createProgram(files, { ...options, noEmit: false, outDir: folder, rootDir: folder });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) =>
    [file?.fileName.slice(folder.length + 1), ts.flattenDiagnosticMessageText(messageText, ' ')].join(': '),
  );
}

/** A folder with the types that openapi-typescript generates from openapi.yaml, and `files`. */
async function generatedClient(t: Test, files: Record<string, string>): Promise<string> {
  const folder = t.testdir(files);
  const types = await openapiTS(pathToFileURL(resolve('openapi.yaml')));
  writeFileSync(join(folder, 'schema.ts'), astToString(types));
  return folder;
}

t.test('a client generated from openapi.yaml type-checks, and runs against the service', async (t) => {
  const folder = await generatedClient(t, { 'usage.ts': usage });
  t.strictSame(compile(folder, ['usage.ts']), []);
  const { deploy } = await import(pathToFileURL(join(folder, 'usage.js')).href);

  const sandbox = await databaseFor(t);
  const app = await appOn(t, sandbox, { API_TOKENS: 'ci:manage:0123456789abcdef' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const superuser = await connect(t, sandbox.databaseUrl);
  await superuser.query('alter table organizations add column created_by text');
  // On a busy machine a check may run out of its second while connections are new.
  await until('the service is well', async () => (await app.inject('/health')).statusCode === 200);

  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  t.match(await deploy(url, '0123456789abcdef'), {
    database: 'pass',
    sql: /create event trigger/i,
    drift: ['missing_column public.organizations.created_by'],
    outcome: 'fresh',
    installed: 'created',
    state: 'ok',
    events: ['ddl_command_end', 'sql_drop'],
    code: 'unknown_schema',
  });
  const row = { name: 'x', created_by: 'y' };
  t.equal((await post(`${sandbox.postgrestUrl}/organizations`, row)).status, 201, 'the column that it reloaded works');
});

t.test('a client that reads or sends what is not in the contract is refused', async (t) => {
  const names = Object.keys(misuses).map((_what, index) => `misuse-${index}.ts`);
  const sources = Object.values(misuses).map((statement, index) => [names[index], misuse(statement)]);
  const folder = await generatedClient(t, Object.fromEntries(sources));
  const complaints = compile(folder, names);
  for (const [index, what] of Object.keys(misuses).entries()) {
    const own = complaints.filter((complaint) => complaint.startsWith(`misuse-${index}.ts: `));
    t.equal(own.length, 1, `${what}: ${own.join('; ')}`);
  }
  t.equal(complaints.length, names.length, 'and for nothing else');
});
