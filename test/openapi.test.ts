import { readFileSync } from 'node:fs';
import t from 'tap';
import { operationsOf, readDocument, validatorOf } from './client/document.js';
import { appWith } from './helper.js';

const app = await appWith(t, { DATABASE_URL: 'postgres://127.0.0.1:1/x', POSTGREST_URLS: 'http://127.0.0.1:1' });
const document = await readDocument(app);

/** Calls `visit` with every object in `value` and the names that lead to it. */
function walk(value: unknown, visit: (node: Record<string, unknown>, path: string[]) => void, path: string[] = []) {
  if (typeof value !== 'object' || value === null) return;
  visit(value as Record<string, unknown>, path);
  for (const [name, inner] of Object.entries(value)) walk(inner, visit, [...path, name]);
}

t.test('openapi.yaml is what the routes generate', async (t) => {
  t.equal(readFileSync('openapi.yaml', 'utf8'), app.swagger({ yaml: true }), 'else run `npm run openapi`');
});

t.test('the document is OpenAPI 3.1, served as JSON, as YAML and as a page', async (t) => {
  t.equal(document.openapi, '3.1.0');
  const json = await app.inject('/openapi.json');
  t.match(json.headers['content-type'], /^application\/json\b/);
  t.strictSame(json.json(), JSON.parse(JSON.stringify(app.swagger())));
  const yaml = await app.inject('/openapi.yaml');
  t.match(yaml.headers['content-type'], /^application\/yaml\b/);
  t.equal(yaml.payload, app.swagger({ yaml: true }));
  const page = await app.inject('/docs');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html\b/);
  t.strictSame((await app.inject('/docs/json')).json(), document, 'the page shows the same document');
});

t.test('it has exactly the endpoints of the contract that are there', async (t) => {
  const found = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  t.strictSame(found.sort(), [
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /openapi.json',
    'GET /openapi.yaml',
    'GET /schema/instances',
    'GET /schema/reloads',
    'GET /schema/verify',
    'GET /trigger/status',
    'POST /schema/diagnose',
    'POST /schema/reload',
    'POST /trigger/disable',
    'POST /trigger/enable',
    'POST /trigger/install',
    'POST /trigger/uninstall',
  ]);
});

t.test('every operation says what it is, and how it can end', async (t) => {
  for (const { method, path, operation } of operationsOf(document)) {
    t.test(`${method} ${path}`, async (t) => {
      t.match(operation.operationId, /^[a-z][A-Za-z]+$/);
      t.match(operation.summary, /\S/);
      t.match(operation.description, /\S/);
      t.match(operation.tags, [/\S/]);
      const statuses = Object.keys(operation.responses);
      t.match(statuses.join(' '), /\b2\d\d\b/, 'a success');
      const always = ['414', '500'];
      const expected = operation.security === undefined ? always : [...always, '401', '403', '429'];
      for (const status of expected) t.ok(statuses.includes(status), `${status} can happen`);
    });
  }
});

t.test('every operation but these two can find the service shutting down, and says so in a problem', async (t) => {
  for (const { method, path, operation } of operationsOf(document)) {
    if (path === '/health/live' || path === '/health/ready') continue;
    t.hasProp(operation.responses['503']?.content ?? {}, 'application/problem+json', `${method} ${path}`);
  }
});

t.test('every answer says what it means and gives an example', async (t) => {
  for (const { method, path, operation } of operationsOf(document)) {
    for (const [status, { description, content = {} }] of Object.entries(operation.responses)) {
      t.match(description, /\S/);
      t.not(Object.keys(content).length, 0, `${method} ${path} ${status} has a content`);
      for (const media of Object.values(content)) t.hasProp(media, 'example', `${method} ${path} ${status}`);
    }
  }
});

t.test('a body is never required', async (t) => {
  const bodies = operationsOf(document).flatMap(({ operation: { requestBody } }) => requestBody ?? []);
  t.not(bodies.length, 0);
  for (const { required } of bodies) t.not(required, true);
});

t.test('no two operations have the same id', async (t) => {
  const ids = operationsOf(document).map(({ operation }) => operation.operationId);
  t.equal(new Set(ids).size, ids.length);
});

t.test('every example is as its schema has it', async (t) => {
  const validate = validatorOf(document);
  let count = 0;
  const check = (example: unknown, path: string[]) => {
    count++;
    t.equal(validate(example, path), undefined, path.join(' '));
  };
  walk(document, (node, path) => {
    if (path.at(-2) === 'content' && 'example' in node) check(node.example, [...path, 'schema']);
    const isParameter = 'in' in node && 'schema' in node;
    if (isParameter && 'example' in node) check(node.example, [...path, 'schema']);
    if (path.includes('schema') && Array.isArray(node.examples)) for (const each of node.examples) check(each, path);
  });
  t.ok(count >= operationsOf(document).length, `${count} examples`);
});

t.test('every reference leads somewhere, and every component is used', async (t) => {
  const referred = new Set<string>();
  walk(document, ({ $ref }, path) => {
    if (typeof $ref !== 'string') return;
    referred.add($ref);
    const names = $ref.split('/');
    const target = names.slice(1).reduce<unknown>((node, name) => (node as Record<string, unknown>)?.[name], document);
    t.ok(names[0] === '#' && typeof target === 'object', `${path.join(' ')}: ${$ref}`);
  });
  walk(document, (_node, path) => {
    const [components, schemas, name, more] = path;
    if (components !== 'components' || schemas !== 'schemas' || name === undefined || more !== undefined) return;
    t.ok(referred.has(`#/components/schemas/${name}`), `${name} is used`);
  });
});

t.test('an example that is not as its schema has it is found', async (t) => {
  const validate = validatorOf(document);
  const schema = ['paths', '/health', 'get', 'responses', '200', 'content', 'application/health+json', 'schema'];
  t.equal(validate({ status: 'pass' }, schema), undefined);
  t.match(validate({ status: 'splendid' }, schema), /status/);
  t.match(validate({ status: 'pass', checks: { database: [{ status: 'pass', time: 'noon' }] } }, schema), /date-time/);
});
