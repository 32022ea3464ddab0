import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { type Catalog, readCatalog } from '../../src/catalog/catalog.js';
import { compare } from '../../src/drift/compare.js';
import { createPool } from '../../src/postgres/pool.js';
import { decodeOpenApi } from '../../src/postgrest/openapi.js';
import { asOpenApiShows } from '../../src/postgrest/openapi-view.js';
import { decodeSchemaCache } from '../../src/postgrest/schema-cache.js';
import { asCountedBy } from '../../src/postgrest/version-rules.js';
import { compareSchemaCache, joinDocuments } from '../../src/verify/compare-sources.js';
import { captureVersions } from '../captured.js';
import { connect, readFixture } from '../helper.js';
import { databaseUrlFor } from '../support/database.js';

const schemas = ['api', 'lib'];

/** The catalog of the database that the captures were made on, before and after it was changed. */
async function catalogs(t: Test): Promise<{ before: Catalog; after: Catalog }> {
  const url = await databaseUrlFor(t);
  const role = `web_anon_${randomBytes(8).toString('hex')}`;
  const database = await connect(t, url);
  const fixture = readFixture('captures-kinds/fixture.sql');
  await database.query(fixture.replace('create role authenticator login noinherit;', '').replaceAll('web_anon', role));
  t.teardown(async () => {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  });
  const pool = createPool(url, 1);
  t.teardown(() => pool.end());
  const read = () => readCatalog(pool, schemas, { role, extraSearchPath: ['extras'] });
  const before = await read();
  await database.query(readFixture('captures-kinds/changes.sql'));
  return { before, after: await read() };
}

/** What differs between a catalog and what a version had cached, as its admin server and its documents told. */
function findings(
  { model, visible }: Catalog,
  version: string,
  prefix = '',
  known = version,
): { cache: string[]; documents: string[] } {
  const text = (file: string) => readFixture(`captures-kinds/${version}/${prefix}${file}`);
  const cache = compareSchemaCache(model, decodeSchemaCache(text('schema_cache.json')), known).findings;
  const read = (schema: string) => decodeOpenApi(JSON.parse(text(`openapi.${schema}.json`)), schema, model);
  const shown = joinDocuments(new Map(schemas.map((schema) => [schema, read(schema)])), new Map());
  const view = { version: shown.version, visible: visible ?? new Set<string>() };
  const sides = asOpenApiShows(asCountedBy(version, model), shown.model, view);
  const names = (found: readonly { kind: string; object: string }[]) =>
    found.map(({ kind, object }) => `${kind} ${object}`);
  return { cache: names(cache), documents: names(compare(sides.catalog, sides.shown)) };
}

/** What changes.sql changed, once each, as far as a schema cache and the documents of it tell. */
const changedInCache = [
  'extra_media_handler * application/vnd.acme.v2+json',
  'missing_function api.added_function(a integer, b lib.mood)',
  'extra_media_handler api.as_html text/html',
  'extra_function api.as_html()',
  'missing_media_handler api.as_markdown text/markdown',
  'missing_function api.as_markdown()',
  'changed_relationship api.badges.org_code',
  'missing_relation api.books',
  'changed_relation api.defaults',
  'missing_column api.defaults.added',
  'changed_column api.defaults.amount',
  'changed_column api.defaults.at',
  'extra_column api.defaults.bits',
  'changed_column api.defaults.bounded',
  'changed_column api.defaults.fixed',
  'changed_column api.defaults.flag_both',
  'changed_column api.defaults.flag_domain_default',
  'changed_column api.defaults.lib_mood',
  'missing_column api.defaults.renamed_bits',
  'extra_column api.defaults.varbits',
  'extra_relationship api.desks.region.number',
  'missing_relationship api.desks.region.number',
  'changed_enum api.good_mood',
  'missing_relation api.measures_2026',
  'changed_enum api.mood',
  'extra_relation api.org_tags_more',
  'extra_relationship api.orgs.friends',
  'extra_relation api.orgs_twice',
  'missing_column api.orgs_view.extra',
  'changed_relation api.orgs_writable',
  'changed_function api.plain(a integer, b text)',
  'extra_function api.plain(a text)',
  'missing_function api.plain_text(a text)',
  'missing_column api.plates.tag_id',
  'extra_relationship api.transfers.id',
  'extra_function api.variadic_sum(numbers integer[])',
  'extra_primary_key api.wide_key',
  'changed_function api.with_settings()',
  'extra_representation json -> api.color',
  'extra_relation lib.books',
];
const changedInDocuments = [
  'missing_relation api.books',
  'missing_column api.defaults.added',
  'changed_column api.defaults.at',
  'extra_column api.defaults.bits',
  'changed_column api.defaults.bounded',
  'changed_column api.defaults.flag_both',
  'changed_column api.defaults.flag_domain_default',
  'changed_column api.defaults.lib_mood',
  'missing_column api.defaults.renamed_bits',
  'extra_column api.defaults.varbits',
  'missing_relation api.measures_2026',
  'extra_relation api.org_tags_more',
  'extra_relation api.orgs_twice',
  'missing_column api.orgs_view.extra',
  'missing_column api.plates.tag_id',
  'extra_relationship api.transfers.id',
  'extra_primary_key api.wide_key',
  'extra_relation lib.books',
];

t.test('where something hides the version, nothing is found on a fresh database either', async (t) => {
  const { before, after } = await catalogs(t);
  for (const version of captureVersions) {
    t.same(findings(before, version, '', '').cache, [], version);
    t.same(findings(after, version, '', '').cache, changedInCache, `${version} stale`);
  }
});

t.test(
  'what each version has cached of every kind of thing differs from the catalog in what was changed, and in nothing else',
  async (t) => {
    const { before, after } = await catalogs(t);
    const nothing = { cache: [], documents: [] };
    for (const version of captureVersions) {
      t.same(findings(before, version), nothing, `${version} before`);
      t.same(findings(after, version, 'after.'), nothing, `${version} after`);
      const stale = { cache: changedInCache, documents: changedInDocuments };
      t.same(findings(after, version), stale, `${version} stale`);
    }
  },
);
