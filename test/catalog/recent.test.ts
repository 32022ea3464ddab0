import t from 'tap';
import { findRecent } from '../../src/catalog/recent.js';
import { createPool } from '../../src/postgres/pool.js';
import { connect } from '../helper.js';
import { databaseUrlFor } from '../support/database.js';

const databaseUrl = await databaseUrlFor(t);
const database = await connect(t, databaseUrl);
const pool = createPool(databaseUrl, 1);
t.teardown(() => pool.end());

/** The names of what was written last, after a word for what is no relation. */
const recent = async (...schemas: string[]): Promise<string[]> =>
  (await findRecent(pool, schemas)).map(({ kind, name }) => (kind === 'relation' ? name : `${kind} ${name}`));

t.test('relations are found by what was written last of them, up to six', async (t) => {
  await database.query('create schema shop');
  for (let number = 1; number <= 8; number++) await database.query(`create table shop.t${number} (id int primary key)`);
  t.same(await recent('shop'), ['t8', 't7', 't6', 't5', 't4', 't3']);
  await database.query('alter table shop.t1 add column note text');
  await database.query('alter table shop.t2 rename id to number');
  await database.query('alter table shop.t3 drop column id');
  await database.query('create view shop.v as select 1 as one');
  t.same(await recent('shop'), ['v', 't2', 't1', 't8', 't7', 't6'], 'what was dropped is no news');
});

t.test('a function is found by its name, a foreign key by its table and after all others', async (t) => {
  await database.query('create schema keys');
  await database.query('create table keys.target (id int primary key)');
  await database.query('create table keys.source (id int)');
  await database.query('create function keys.f() returns int return 1');
  await database.query('alter table keys.source add foreign key (id) references keys.target');
  await database.query('create function keys.g() returns int return 1');
  const found = await recent('keys');
  t.same(new Set(found), new Set(['routine g', 'routine f', 'source', 'target', 'relationship source']));
  t.equal(found[0], 'routine g');
  t.equal(found.at(-1), 'relationship source');
});

t.test('other schemas do not count, be they written ever so much', async (t) => {
  await database.query('create schema quiet');
  await database.query('create table quiet.only (id int)');
  for (let number = 0; number < 12; number++) {
    await database.query(`create table shop.other${number} (id int)`);
    await database.query('create temporary table passing (id int)');
    await database.query('drop table passing');
  }
  t.same(await recent('quiet'), ['only']);
  t.same(await recent('nothing'), []);
});

t.test('of what one transaction has written some of each kind is found', async (t) => {
  await database.query('create schema mixed');
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    await database.query(`create table mixed.${name} (id int primary key)`);
  await database.query(`begin;
    alter table mixed.a add foreign key (id) references mixed.b;
    alter table mixed.c add foreign key (id) references mixed.d;
    grant select on all tables in schema mixed to public;
    create function mixed.added() returns int return 1;
    commit`);
  const found = await recent('mixed');
  t.equal(found.length, 6);
  t.ok(found.includes('routine added'));
  t.equal(found.filter((name) => name.startsWith('relationship')).length, 2);
});
