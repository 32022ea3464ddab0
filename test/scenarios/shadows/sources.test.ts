import t from 'tap';
import { queriesInCode } from './sources.js';

t.test('what the code asks is read off it, or refused', (t) => {
  const read = [
    `client.query('select f(1)')`,
    'pool.query<Row>(`select f(1)`, [x])',
    `query('select f(1)')`,
    `a.b.query('with a as (select 1) select f(1)')`,
  ];
  for (const code of read) t.equal(queriesInCode('x.ts', code).length, 1, code);
  const nothing = [`client.query('begin')`, `const askSql = readSql(url, 'ask.sql');\nclient.query(askSql)`];
  for (const code of nothing) t.same(queriesInCode('x.ts', code), [], code);
  const refused = [
    `const sql = 'select f(1)'; client.query(sql)`,
    `client.query('select ' + f)`,
    `client.query(\`select \${f}\`)`,
    `client.query(a ? 'select f(1)' : 'select 2')`,
    `client.query({ text: 'select f(1)' })`,
    `client.query('set a = 1; select f(1)')`,
    `client.query('insert into a values (f(1))')`,
  ];
  for (const code of refused) t.throws(() => queriesInCode('x.ts', code), code);
  t.end();
});
