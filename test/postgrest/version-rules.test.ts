import t from 'tap';
import { type Column, noModel, type Relationship, type Routine } from '../../src/model/model.js';
import { asCountedBy } from '../../src/postgrest/version-rules.js';

const column: Column = {
  name: 'c',
  type: 'text',
  nominalType: 'text',
  nullable: true,
  default: null,
  maxLength: null,
  enumLabels: [],
  description: null,
};

function columnOf(version: string, own: Partial<Column>): Column | undefined {
  const relation = {
    ...{ schema: 'api', name: 't', isView: false, insertable: true, updatable: true, deletable: true },
    ...{ description: null, primaryKey: [], columns: new Map([['c', { ...column, ...own }]]) },
  };
  const counted = asCountedBy(version, { ...noModel, relations: new Map([['api.t', relation]]) });
  return counted.relations.get('api.t')?.columns.get('c');
}

t.test('a column of a domain has its own default from 12.2.4 on', (t) => {
  const own = { default: '10', domainDefault: '1' };
  for (const version of ['12.0.2', '12.2.3']) t.equal(columnOf(version, own)?.default, '1', version);
  for (const version of ['12.2.4', '13.0.8', '16.2', '']) t.equal(columnOf(version, own)?.default, '10', version);
  t.equal(columnOf('12.2.3', { default: '10', domainDefault: null })?.default, null);
  t.end();
});

t.test('a domain over a domain counts by the type at the end from 13 on', (t) => {
  const own = { nestedDomain: 'api.shorter' };
  for (const version of ['12.0.2', '12.2.12']) t.equal(columnOf(version, own)?.type, 'api.shorter', version);
  for (const version of ['13.0.8', '16.2', '']) t.equal(columnOf(version, own)?.type, 'text', version);
  t.end();
});

t.test('the default of an identity quotes its sequence from 13 on', (t) => {
  const own = { default: `nextval('"S"')`, unquotedDefault: `nextval('S')` };
  for (const version of ['12.0.2', '12.2.12']) t.equal(columnOf(version, own)?.default, `nextval('S')`, version);
  for (const version of ['13.0.8', '16.2']) t.equal(columnOf(version, own)?.default, `nextval('"S"')`, version);
  t.end();
});

t.test('a key in another order makes a foreign key one-to-one from 12.2.3 on', (t) => {
  const relationships = new Map<string, Relationship>();
  const relationshipsInOrder = new Map<string, Relationship>();
  const model = { ...noModel, relationships, relationshipsInOrder };
  for (const version of ['12.0.2', '12.2.2']) {
    t.equal(asCountedBy(version, model).relationships, relationshipsInOrder, version);
  }
  for (const version of ['12.2.3', '16.2']) t.equal(asCountedBy(version, model).relationships, relationships, version);
  t.equal(asCountedBy('12.0.2', noModel).relationships, noModel.relationships);
  t.end();
});

t.test('before 12.2 a function has one setting', (t) => {
  const settings = new Map([
    ['statement_timeout', '4s'],
    ['default_transaction_isolation', 'serializable'],
  ]);
  const routine: Routine = {
    ...{
      schema: 'api',
      name: 'f',
      parameters: [],
      volatility: 'stable',
      isVariadic: false,
      description: null,
      settings,
    },
    returns: {
      type: { schema: 'pg_catalog', name: 'int4' },
      isSet: false,
      isComposite: false,
      isCompositeAlias: false,
    },
  };
  const settingsOf = (version: string) =>
    asCountedBy(version, { ...noModel, routines: new Map([['f', routine]]) }).routines.get('f')?.settings;
  t.same(settingsOf('12.0.2'), new Map([['statement_timeout', '4s']]));
  for (const version of ['12.2.12', '16.2']) t.equal(settingsOf(version), settings, version);
  t.end();
});
