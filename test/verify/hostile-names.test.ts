import t from 'tap';
import { qualify } from '../../src/model/identifier.js';
import { createPool } from '../../src/postgres/pool.js';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { narrow, readObjectName } from '../../src/verify/select.js';
import { isFailure, type Verification } from '../../src/verify/verify.js';
import { connect, sandboxFor, until } from '../helper.js';
import { quoted } from '../property/names.js';
import { verifierOn } from './verifier.js';

// In every position at once: as a table, a column, an argument and a function.
const hostile = [
  'Organizations', 'ORGANIZATIONS', 'rpc', 'columns', 'select', 'order', 'and', 'not', 'null', 'user', '__proto__', 'a.b', '.', '..',
  'a/b', '/', ' a ', '"', '""', `it's`, 'back\\slash', '\\"', '%', '%20', '%s', '$1', ',', 'a,b', '(', 'f()', 'a!b', 'a:b', 'a::b',
  'a->b', '*', '?a=b&c', '#', '{', '+', ';--', 'e\u0301', '\u00e9', 'ünï ☃ 😀', '\t', '\n', '☃'.repeat(21), 'x'.repeat(63), '1', '[]',
]; // biome-ignore format: one name a line would be fifty lines

function findings({ reports: [report] }: Verification): string[] {
  if (report === undefined || isFailure(report)) throw report?.error ?? new Error('no report');
  return report.findings.map(({ kind, object }) => `${kind} ${object}`).sort();
}

t.test('names that may be taken for syntax are found and asked about like others', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  const pool = createPool(sandbox.databaseUrl, 1);
  t.teardown(() => pool.end());
  const { verify } = verifierOn(pool, createPostgrestClient({}), [{ url: sandbox.postgrestUrl }], 'anon');
  const each = async (sqlOf: (name: string) => string) => {
    for (const name of hostile) await database.query(sqlOf(quoted(name)));
  };
  await each((name) => `create table ${name} (id int primary key, ${name} text); grant select on ${name} to anon`);
  await each((name) => `create function ${name}(${name} int) returns int language sql as 'select 1'`);
  await database.query(`notify pgrst, 'reload schema'`);
  await until('all is loaded', async () => findings(await verify()).length === 0);

  await each(
    (name) => `alter table ${name} add "more, " int, add constraint ${name} foreign key (id) references organizations`,
  );
  await each((name) => `create function ${name}(${name} int, "more""" int) returns int language sql as 'select 1'`);
  const stale = await verify();
  t.equal(findings(stale).length, 3 * hostile.length);
  for (const name of hostile) {
    const key = qualify('public', name);
    const ask = async (object: string) => findings(narrow(stale, { object: readObjectName(object) }));
    const column = `missing_column ${key}."more, "`;
    const routine = `missing_function ${key}(${qualify(name)} integer, "more""" integer)`;
    const relationship = `missing_relationship ${key}.id`;
    t.same(await ask(key), [column, routine, relationship].sort(), name);
    t.same(await ask(`public.${quoted(name)}."more, "`), [column], name);
    for (const object of [`${key}.${quoted(name)}`, `${key}.id`, `public.organizations.${quoted(name)}`]) {
      t.ok((await ask(object)).includes(relationship), object);
    }
  }
});
