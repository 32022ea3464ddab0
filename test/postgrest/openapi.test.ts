import t, { type Test } from 'tap';
import { readCatalog } from '../../src/catalog/catalog.js';
import { compare } from '../../src/drift/compare.js';
import type { Difference } from '../../src/drift/finding.js';
import { noModel } from '../../src/model/model.js';
import { createPool } from '../../src/postgres/pool.js';
import { decodeOpenApi } from '../../src/postgrest/openapi.js';
import { asOpenApiShows } from '../../src/postgrest/openapi-view.js';
import { capturedDatabase, captureVersions } from '../captured.js';
import { connect, readFixture } from '../helper.js';

async function findings(
  t: Test,
  databaseUrl: string,
  document: string,
): Promise<{ version: string; found: Difference[] }> {
  const pool = createPool(databaseUrl, 1);
  t.teardown(() => pool.end());
  const { model, visible } = await readCatalog(pool, ['public'], { role: 'web_anon' });
  const { version, model: shown } = decodeOpenApi(JSON.parse(document), 'public', model);
  const sides = asOpenApiShows(model, shown, { version, visible: visible ?? new Set() });
  return { version, found: compare(sides.catalog, sides.shown) };
}

t.test('the documents of later versions agree with the catalog that they were made of', async (t) => {
  const url = await capturedDatabase(t);
  for (const version of captureVersions) {
    t.same(await findings(t, url, readFixture(`captures/${version}/openapi.json`)), { version, found: [] });
    t.match(
      (await findings(t, url, readFixture(`captures/${version}/after_notify.openapi.json`))).found,
      [{ kind: 'extra_column', object: 'public.organizations.extra' }],
      version,
    );
  }

  const database = await connect(t, url);
  await database.query('alter table organizations add column extra text');
  for (const version of captureVersions) {
    const stale = await findings(t, url, readFixture(`captures/${version}/openapi.json`));
    t.match(stale.found, [{ kind: 'missing_column', object: 'public.organizations.extra' }], version);
    t.equal(stale.found.length, 1);
    const fresh = readFixture(`captures/${version}/after_notify.openapi.json`);
    t.same(await findings(t, url, fresh), { version, found: [] });
  }

  await t.test('from 12.2 on one-to-one relationships too', async (t) => {
    await database.query(
      'alter table organization_settings drop constraint organization_settings_organization_id_fkey',
    );
    for (const version of captureVersions) {
      const stale = await findings(t, url, readFixture(`captures/${version}/after_notify.openapi.json`));
      t.match(stale.found, [{ kind: 'extra_relationship', object: 'public.organization_settings.organization_id' }]);
    }
  });
});

t.test('what is no OpenAPI document of PostgREST is refused, not taken for an empty one', async (t) => {
  for (const document of [null, 1, 'text', [], {}, { swagger: '2.0' }, { openapi: '3.1.0', info: { version: '1' } }]) {
    t.throws(() => decodeOpenApi(document, 'public', noModel), { code: 'unexpected_answer' }, JSON.stringify(document));
  }
  const broken = { swagger: '2.0', info: { version: '12.0.2' }, definitions: { a: null, b: { properties: 3 }, c: [] } };
  t.equal(decodeOpenApi(broken, 'public', noModel).model.relations.size, 3);
});
