import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  overriderOf,
  placeOf,
  type RoleSetting,
  resetSql,
  setSql,
  settingOfPostgrest,
  settingsFor,
} from '../../src/model/role-settings.js';
import { findPostgrest } from '../../src/sandbox/binaries.js';
import { connect, sandboxFor } from '../helper.js';
import { loginFor } from '../support/database.js';

const name = 'pgrst.db_schemas';

t.test('the order is that of PostgreSQL, and PostgREST reads its own role alone', async (t) => {
  // A server of its own: some of it is set for everybody.
  const { databaseUrl } = await sandboxFor(t);
  const client = await connect(t, databaseUrl);
  const login = await loginFor(databaseUrl);
  const database = client.database ?? '';
  /** What PostgREST 12.0.2 takes for its schemas, with `fromFile` in its environment. */
  const schemasOfPostgrest = async () => {
    const env = { PGRST_DB_URI: login.url, PGRST_DB_SCHEMAS: 'from_environment' };
    const { stdout } = await promisify(execFile)(findPostgrest(undefined), ['--dump-config'], { env });
    return /^db-schemas = "(.*)"$/m.exec(stdout)?.[1];
  };
  const valueInSession = async () => {
    const fresh = await connect(t, login.url);
    const { rows } = await fresh.query(`select current_setting('${name}', true) as value`);
    await fresh.end();
    return rows[0].value;
  };
  const settings: RoleSetting[] = [];
  const places: [role: string | null, inDatabase: boolean][] = [
    [null, false],
    [null, true],
    [login.name, false],
    [login.name, true],
  ];
  for (const [index, [role, inDatabase]] of places.entries()) {
    const setting = { role, inDatabase, name, value: `v${index}` };
    settings.push(setting);
    await client.query(setSql(setting, database, [setting.value]));
    const [winning, ...others] = settingsFor(settings, name, login.name);
    t.equal(await valueInSession(), winning?.value, placeOf(setting, database));
    t.equal(others.length, index, 'the overridden ones follow');
    const read = settingOfPostgrest(settings, name, login.name)?.value ?? 'from_environment';
    t.equal(await schemasOfPostgrest(), read, placeOf(setting, database));
  }
  t.equal(overriderOf(settings, settings[2] as RoleSetting), settings[3]);
  t.equal(overriderOf(settings, settings[0] as RoleSetting), settings[1]);
  t.equal(overriderOf(settings, settings[3] as RoleSetting), undefined);

  for (const setting of settings) await client.query(resetSql(setting, database));
  t.equal(await schemasOfPostgrest(), 'from_environment');
});

t.test('the SQL for a place quotes what needs it', async (t) => {
  t.equal(placeOf({ role: null, inDatabase: false }, 'd'), 'role all');
  t.equal(placeOf({ role: 'Odd "r"', inDatabase: true }, 'D"b'), 'role "Odd ""r""" in database "D""b"');
  const misspelt = { role: 'a', inDatabase: false, name: 'pgrst.db-schemas' };
  t.equal(resetSql(misspelt, 'd'), 'alter role a reset pgrst."db-schemas"');
  t.equal(setSql({ ...misspelt, name }, 'd', ['a', "b'c"]), "alter role a set pgrst.db_schemas = 'a, b''c'");
});
