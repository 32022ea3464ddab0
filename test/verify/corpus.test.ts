import pg from 'pg';
import t from 'tap';
import { type Catalog, readCatalog } from '../../src/catalog/catalog.js';
import { compare } from '../../src/drift/compare.js';
import { getOrMake } from '../../src/lib/maps.js';
import { ofSchemas } from '../../src/model/model.js';
import { createPool } from '../../src/postgres/pool.js';
import { decodeSchemaCache } from '../../src/postgrest/schema-cache.js';
import { compareSchemaCache } from '../../src/verify/compare-sources.js';
import type { Case } from '../corpus/cases.js';
import { laneCases } from '../corpus/chosen.js';
import { mapCases } from '../corpus/map.js';
import { dump } from '../corpus/measure.js';
import { runDdl, setUp } from '../corpus/run.js';
import { type CorpusServer, prepareServer } from '../corpus/server.js';
import { sandboxFor } from '../helper.js';

/** What is found of a case: before its DDL, after it in a cache from before, and after a reload. */
interface Found {
  id: string;
  before: string[];
  stale: string[];
  reloaded: string[];
  /** What PostgREST 12.0 keeps but does not dump: differences between the catalogs before and after. */
  between: string[];
}

type Both = { catalog: Catalog; document: string };
const untouched = new Map<string, Promise<Both>>();

/** What is there before the DDL of a case: the same for all that set nothing up and are configured alike. */
function beforeOf(item: Case, readBoth: () => Promise<Both>): Promise<Both> {
  if (item.setup.length > 0) return readBoth();
  const key = JSON.stringify([item.schemas, item.extra_search_path, item.pre_config]);
  return getOrMake(untouched, key, readBoth);
}

async function findIn(server: CorpusServer, template: string, item: Case): Promise<Found> {
  return server.withCopy(template, async (databaseUrl) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    const pool = createPool(databaseUrl, 1);
    await client.connect();
    try {
      await setUp(client, item);
      const extraSearchPath = item.extra_search_path ?? ['public'];
      const read = () => readCatalog(pool, item.schemas, { extraSearchPath, authenticator: 'authenticator' });
      const differences = ({ model }: Catalog, document: string) =>
        compareSchemaCache(ofSchemas(model, item.schemas), decodeSchemaCache(document), '12.0.2').findings.map(
          ({ kind, object }) => `${kind} ${object}`,
        );
      const readBoth = async () => ({
        catalog: await read(),
        document: await dump('--dump-schema', databaseUrl, item),
      });
      const { catalog, document } = await beforeOf(item, readBoth);
      await runDdl(client, item);
      const catalogAfter = await read();
      // What changes nothing would load the same again.
      const documentAfter = item.changesCache ? await dump('--dump-schema', databaseUrl, item) : document;
      return {
        id: item.id,
        before: differences(catalog, document),
        stale: differences(catalogAfter, document),
        reloaded: differences(catalogAfter, documentAfter),
        between: compare(catalogAfter.model, catalog.model).map(({ kind, object }) => `${kind} ${object}`),
      };
    } finally {
      await client.end();
      await pool.end();
    }
  });
}

t.test('the whole cache shows every case that changes it, and no other', async (t) => {
  const { databaseUrl } = await sandboxFor(t);
  const server = await prepareServer(t, databaseUrl);
  const template = await server.addTemplate('');
  const found = await mapCases(server, laneCases, (item) => findIn(server, template, item));
  // An exposed schema that does not exist is a matter of configuration, and nothing is in it.
  const elsewhere = ['schema/create_listed'];
  const changing = new Set(
    laneCases.filter(({ id, changesCache }) => changesCache && !elsewhere.includes(id)).map(({ id }) => id),
  );
  const idsOf = (holds: (one: Found) => boolean) => found.filter(holds).map(({ id }) => id);

  t.same(
    found.flatMap(({ id, before, reloaded }) => [...before, ...reloaded].map((finding) => `${id}: ${finding}`)),
    [],
    'a cache that has just been loaded gives no finding',
  );
  t.same(
    idsOf(({ id, stale, between }) => changing.has(id) && stale.length === 0 && between.length === 0),
    [],
    'a change that is not found',
  );
  t.same(
    found.flatMap(({ id, stale }) => (changing.has(id) ? [] : stale.map((finding) => `${id}: ${finding}`))),
    [],
    'a finding where nothing changed',
  );
});
