import t from 'tap';
import { migration } from '../../src/trigger/migration.js';
import { cases } from '../corpus/cases.js';
import { laneCases, moreLaneCases } from '../corpus/chosen.js';
import { misses, needless, ownWarnings, runCases, tellRoleInDatabase } from '../corpus/run.js';
import { prepareServer } from '../corpus/server.js';
import { connect, sandboxFor } from '../helper.js';

const sandbox = await sandboxFor(t);
const server = await prepareServer(t, sandbox.databaseUrl);
const template = await server.addTemplate(migration.up);

t.test('told the exposed schemas, it misses nothing and is seldom wrong', async (t) => {
  const outcomes = await runCases(server, template, laneCases, tellRoleInDatabase);
  t.same(misses(outcomes), []);
  t.same(ownWarnings(outcomes), []);
  const wrong = needless(outcomes);
  t.ok(wrong.length <= 45, `${wrong.length} needless notifications: ${wrong.join(' ')}`);
  const temporary = wrong.filter((id) => id.startsWith('temp/'));
  t.same(temporary, []);
});

t.test('it misses no rarer case either', async (t) => {
  const outcomes = await runCases(server, template, moreLaneCases, tellRoleInDatabase);
  t.same(misses(outcomes), []);
  t.same(ownWarnings(outcomes), []);
  const temporary = needless(outcomes).filter((id) => id.startsWith('temp/'));
  t.same(temporary, []);
});

t.test('it may be told elsewhere', async (t) => {
  const some = cases.filter(({ id }) => ['table/create_fk', 'table/create_unexposed_api'].includes(id));
  t.equal(some.length, 2);

  await t.test('in the database', async (t) => {
    const outcomes = await runCases(
      server,
      template,
      some,
      (database, schemas) => `alter database ${database} set pgrst.db_schemas = '${schemas}'`,
    );
    t.same(misses(outcomes), []);
    t.same(needless(outcomes), []);
  });

  await t.test('in the role, for all databases', async (t) => {
    const database = await connect(t, sandbox.databaseUrl);
    await database.query(`alter role authenticator set pgrst.db_schemas = 'public'`);
    const outcomes = await runCases(server, template, some);
    t.same(misses(outcomes), []);
    t.same(needless(outcomes), []);
  });
});
