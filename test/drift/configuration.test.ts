import t from 'tap';
import type { PgrstSetting } from '../../src/catalog/configuration.js';
import { compareConfiguration } from '../../src/drift/configuration.js';

const setting = (name: string, value: string, changes: Partial<PgrstSetting> = {}): PgrstSetting => ({
  role: 'authenticator',
  name,
  value,
  ...changes,
});
const found = (settings: PgrstSetting[], exposed = ['public'], existing = exposed) =>
  compareConfiguration(settings, exposed, existing).map(({ kind, object }) => `${kind} ${object}`);

t.test('what PostgREST has taken up is no finding', async (t) => {
  t.same(found([]), []);
  t.same(found([setting('db_schemas', ' public ')]), []);
  t.same(found([setting('db_schemas', 'api,public')], ['public', 'api']), [], 'in whatever order');
  t.same(found([setting('db_schemas', 'old'), setting('db_schemas', 'public')]), [], 'the last counts');
  t.same(found([setting('db_channel', 'other'), setting('openapi_mode', 'disabled')]), []);
});

t.test('what it has not, or cannot, is one each', async (t) => {
  t.same(found([setting('db_schemas', 'public, api')]), ['changed_setting pgrst.db_schemas']);
  t.same(found([setting('db_schema', 'public')]), ['unknown_setting pgrst.db_schema']);
  t.same(found([], ['public', 'Öther.one'], ['public']), ['missing_schema "Öther.one"']);
});

t.test('the remedy of a misspelt name can be run, and no secret is told', async (t) => {
  const [finding] = compareConfiguration([setting('jwt_secrets', 'hush', { role: 'Odd "role"' })], [], []);
  t.notMatch(JSON.stringify(compareConfiguration([setting('jwt_sercet', 'hush')], [], [])), /hush/);
  t.match(
    finding?.remedy,
    'alter role "Odd ""role""" reset "pgrst.jwt_secrets"; if pgrst.jwt_secret was meant, set that',
  );
  t.notMatch(JSON.stringify(finding), /hush/);
});
