import t from 'tap';
import type { PgrstSetting } from '../../src/catalog/configuration.js';
import { type ConfigurationSide, compareConfiguration, failsLoads } from '../../src/drift/configuration.js';

const setting = (name: string, value: string, changes: Partial<PgrstSetting> = {}): PgrstSetting => ({
  role: 'authenticator',
  inDatabase: false,
  name,
  value,
  ...changes,
});
const findings = (settings: PgrstSetting[], exposed = ['public'], schemas = exposed, version = '12.0.2') =>
  compareConfiguration(
    { database: 'app', settings, extraSearchPath: [], ownSearchPath: [], schemas },
    { version, exposed, tellsExposed: true, isNotReady: false },
  );
const failing = (side: Partial<ConfigurationSide>, path: string[] = [], own = path) => {
  const catalog = { database: 'app', settings: [], extraSearchPath: path, ownSearchPath: own, schemas: ['public'] };
  const whole = { version: '16.2', exposed: ['public'], tellsExposed: true, isNotReady: false, ...side };
  return compareConfiguration(catalog, whole).map((finding) => ({
    fails: failsLoads(finding, catalog, whole),
    effect: finding.effect,
  }));
};
const found = (...given: Parameters<typeof findings>) =>
  findings(...given).map(({ kind, object }) => `${kind} ${object}`);

t.test('what PostgREST has taken up is no finding', async (t) => {
  t.same(found([]), []);
  t.same(found([setting('db_schemas', ' public ')]), []);
  t.same(found([setting('db_schemas', 'api,public')], ['public', 'api']), [], 'in whatever order');
  const inDatabase = setting('db_schemas', 'public', { inDatabase: true });
  t.same(found([inDatabase, setting('db_schemas', 'old')]), [], 'what is set for this database counts');
  t.same(found([setting('openapi_mode', 'disabled')]), []);
  t.same(found([setting('db_channel', 'other')]), [], 'the event trigger reads that');
});

t.test('what it has not, or cannot, is one each', async (t) => {
  t.same(found([setting('db_schemas', 'public, api')]), ['changed_setting pgrst.db_schemas']);
  t.same(found([setting('db_schema', 'public')]), ['unknown_setting pgrst.db_schema']);
  t.same(found([], ['public', 'Öther.one'], ['public']), ['missing_schema "Öther.one"']);
});

t.test('the remedy of a misspelt name can be run, and no secret is told', async (t) => {
  const [finding] = findings([setting('jwt_secrets', 'hush', { role: 'Odd "role"' })], [], []);
  t.notMatch(JSON.stringify(findings([setting('jwt_sercet', 'hush')], [], [])), /hush/);
  t.match(
    finding?.remedy,
    'alter role "Odd ""role""" reset pgrst.jwt_secrets; if pgrst.jwt_secret was meant, set that',
  );
  t.notMatch(JSON.stringify(finding), /hush/);
  t.match(findings([setting('jwt_sercet', 'hush', { inDatabase: true })], [], []), [
    { remedy: /^alter role authenticator in database "app" reset pgrst.jwt_sercet;/ },
  ]);
});

t.test('what this version does not read from the database is told as that', async (t) => {
  const remedy =
    /^set PGRST_DB_POOL in the environment.*alter role authenticator in database "app" reset pgrst.db_pool$/;
  const pool = [setting('db_pool', '3', { inDatabase: true })];
  for (const version of ['12.0.2', '12.2.12', '16.2', '']) {
    t.match(findings(pool, [], [], version), [
      {
        kind: 'ignored_setting',
        object: 'pgrst.db_pool',
        effect: /db-pool from its file or environment alone/,
        remedy,
      },
    ]);
  }
  const read = (name: string, version: string) => found([setting(name, 'x')], [], [], version).length === 0;
  const cases: [name: string, readIn: string[], ignoredIn: string[]][] = [
    ['db_pre_request', ['12.0.2', '12.2.12', '13.0.8', '14.17', '16.2'], []],
    ['server_cors_allowed_origins', ['12.2.12', '13.0.8', ''], ['12.0.2']],
    ['jwt_cache_max_entries', ['12.0.2', '14.17', '16.2', ''], []],
    ['client_error_verbosity', ['16.2'], ['14.17']],
    ['raw_media_types', [''], ['12.0.2', '16.2']],
    ['log_level', [], ['12.0.2', '16.2', '']],
  ];
  for (const [name, readIn, ignoredIn] of cases) {
    for (const version of readIn) t.ok(read(name, version), `${name} in ${version}`);
    for (const version of ignoredIn) t.notOk(read(name, version), `${name} in ${version}`);
  }
});

t.test('a schema that is missing does what it does in this version', async (t) => {
  const missing = (version: string) => findings([], ['public', 'gone'], ['public'], version)[0];
  t.match(missing('12.2.12'), { effect: /^404 on requests to it; the other schemas are served/ });
  for (const version of ['13.0.8', '14.17'])
    t.match(missing(version), { effect: /load.* fails, and all.* 503 PGRST002/ });
  t.match(missing('16.2'), { effect: /load.* fails; the cache that it had is served on/ });
  t.match(missing(''), { effect: /before PostgREST 13: 404.*from 13 on.*503 PGRST002/ });
  t.match(missing('12.0.2'), {
    remedy: /^create the schema, or take it out of db-schemas \(PGRST_DB_SCHEMAS\), then .*"config": true/,
  });
  const set = setting('db_schemas', 'public, gone', { inDatabase: true });
  t.match(findings([setting('db_schemas', 'gone'), set], ['public', 'gone'], ['public']), [
    { remedy: /\(alter role authenticator in database "app" set pgrst.db_schemas = 'public'\)/ },
  ]);
});

t.test('it fails loads where something of the instance agrees that it has taken it up', async (t) => {
  const fails = { fails: true, effect: /^every load of the schema cache fails/ };
  const may = { fails: false, effect: /^once PostgREST takes it up, every load of the schema cache fails/ };
  const exposed = ['public', 'gone'];
  t.match(failing({ exposed }), [fails]);
  t.match(failing({ exposed, tellsExposed: false }), [may]);
  t.match(failing({ exposed, tellsExposed: false, isNotReady: true }), [may], 'it may have lost PostgreSQL');
  t.match(failing({ exposed, version: '12.2.12' }), [{ fails: false, effect: /^404 on requests to it/ }]);
  t.match(failing({ exposed, version: '' }), [{ fails: false, effect: /^before PostgREST 13: / }]);
  t.match(failing({}, ['Gone']), [fails], 'our own search path is that of PostgREST');
  t.match(failing({}, ['gone'], ['public']), [may], 'that of the database may not be taken up');
  t.match(failing({ isNotReady: true }, ['gone'], []), [fails]);
  t.same(failing({ version: '12.2.12' }, ['gone']), []);
});

t.test('where nothing is exposed, nobody is told to create that schema', async (t) => {
  const off = 'pg_pgrst_no_exposed_schemas';
  const set = setting('db_schemas', off, { inDatabase: true });
  const [finding, ...others] = findings([set], [off], []);
  t.same(others, []);
  t.match(finding, {
    kind: 'missing_schema',
    remedy:
      /^nothing is exposed: .*begin with pg_ cannot be created; set pgrst.db_schemas .*\(alter role authenticator in database "app" set pgrst.db_schemas = '<the schemas to expose>'\)/,
  });
  t.notMatch(finding?.remedy, /create the schema/);
  t.match(findings([], ['pg_own'], []), [{ remedy: /^take it out of db-schemas.*begin with pg_ cannot be created/ }]);
});
