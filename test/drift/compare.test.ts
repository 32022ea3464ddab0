import t from 'tap';
import { compare } from '../../src/drift/compare.js';
import { type Column, type ForeignKey, type Model, type Relation, relationKey } from '../../src/model/model.js';

const column = (name: string, changes: Partial<Column> = {}): Column => ({
  name,
  type: 'integer',
  nullable: true,
  default: null,
  comment: null,
  ...changes,
});
const relation = (name: string, columns: Column[], keys: Partial<Relation> = {}): Relation => ({
  schema: 'public',
  name,
  columns: new Map(columns.map((each) => [each.name, each])),
  primaryKey: [],
  foreignKeys: [],
  ...keys,
});
const keyTo = (name: string, schema = 'public'): ForeignKey => ({
  columns: ['b'],
  target: { schema, name, columns: ['id'] },
});
const model = (...relations: Relation[]): Model => ({
  relations: new Map(relations.map((each) => [relationKey(each), each])),
});
const found = (catalog: Model, cache: Model) => compare(catalog, cache).map(({ kind, object }) => `${kind} ${object}`);

const a = column('a');
const b = column('b');
const table = relation('t', [a, b]);

t.test('equal models differ in nothing, in whatever order', async (t) => {
  t.same(found(model(), model()), []);
  t.same(found(model(table, relation('u', [a])), model(relation('u', [a]), relation('t', [b, a]))), []);
  const key = { primaryKey: ['a', 'b'] };
  t.same(found(model(relation('t', [a, b], key)), model(relation('t', [a, b], { primaryKey: ['b', 'a'] }))), []);
  const commented = relation('t', [column('a', { comment: 'new' }), b]);
  t.same(found(model(commented), model(table)), [], 'comments are not compared');
});

const differences: [what: string, catalog: Model, cache: Model, findings: string[]][] = [
  ['a relation of the catalog', model(table), model(), ['missing_relation public.t']],
  ['a relation of the cache', model(), model(table), ['extra_relation public.t']],
  [
    'a relation and the keys that lead to it',
    model(table, relation('u', [b], { foreignKeys: [keyTo('t')] })),
    model(relation('u', [b])),
    ['missing_relation public.t'],
  ],
  [
    'the same name in another schema',
    model({ ...table, schema: 'other' }),
    model(table),
    ['missing_relation other.t', 'extra_relation public.t'],
  ],
  [
    'columns',
    model(relation('t', [a])),
    model(relation('t', [b])),
    ['missing_column public.t.a', 'extra_column public.t.b'],
  ],
  ['a type', model(table), model(relation('t', [column('a', { type: 'text' }), b])), ['changed_column public.t.a']],
  [
    'nullability',
    model(table),
    model(relation('t', [column('a', { nullable: false }), b])),
    ['changed_column public.t.a'],
  ],
  ['a default', model(table), model(relation('t', [column('a', { default: '1' }), b])), ['changed_column public.t.a']],
  [
    'all of a column',
    model(table),
    model(relation('t', [column('a', { type: 'text', nullable: false, default: '1' }), b])),
    ['changed_column public.t.a'],
  ],
  [
    'a primary key and what it makes not null',
    model(relation('t', [column('a', { nullable: false }), b], { primaryKey: ['a'] })),
    model(table),
    ['missing_primary_key public.t'],
  ],
  [
    'a primary key that is gone',
    model(table),
    model(relation('t', [a, b], { primaryKey: ['a'] })),
    ['extra_primary_key public.t'],
  ],
  [
    'another primary key',
    model(relation('t', [a, b], { primaryKey: ['b'] })),
    model(relation('t', [a, b], { primaryKey: ['a'] })),
    ['changed_primary_key public.t'],
  ],
  [
    'a column and the keys that it is part of',
    model(relation('t', [a])),
    model(relation('t', [a, b], { primaryKey: ['b'], foreignKeys: [keyTo('t')] })),
    ['extra_column public.t.b'],
  ],
  [
    'a foreign key',
    model(relation('t', [a, b], { foreignKeys: [keyTo('t')] })),
    model(table),
    ['missing_relationship public.t.b'],
  ],
  [
    'a foreign key that is gone',
    model(table),
    model(relation('t', [a, b], { foreignKeys: [keyTo('t')] })),
    ['extra_relationship public.t.b'],
  ],
  [
    'a foreign key to another relation',
    model(relation('t', [a, b], { foreignKeys: [keyTo('t')] })),
    model(relation('t', [a, b], { foreignKeys: [keyTo('u')] })),
    ['changed_relationship public.t.b'],
  ],
  [
    'a foreign key to a relation that neither side shows',
    model(relation('t', [a, b], { foreignKeys: [keyTo('x', 'hidden')] })),
    model(table),
    ['missing_relationship public.t.b'],
  ],
];
for (const [what, catalog, cache, findings] of differences) {
  t.test(`one finding each: ${what}`, async (t) => {
    t.same(found(catalog, cache), findings);
  });
}

t.test('a finding holds both sides, what a client meets and what ends it', async (t) => {
  const [finding] = compare(model(table), model(relation('t', [a])));
  t.match(finding, {
    kind: 'missing_column',
    object: 'public.t.b',
    catalog: { type: 'integer', nullable: true, default: null },
    cache: null,
    effect: 'PGRST204 on insert or update naming this column',
    remedy: /reload/,
  });
});
