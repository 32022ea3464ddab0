import t from 'tap';
import { compare } from '../../src/drift/compare.js';
import { toFinding } from '../../src/drift/finding.js';
import {
  type Column,
  type Model,
  noModel,
  type Relation,
  type Relationship,
  relationKey,
  relationshipKey,
} from '../../src/model/model.js';
import { rulesOf } from '../../src/postgrest/version-rules.js';

const column = (name: string, changes: Partial<Column> = {}): Column => ({
  name,
  type: 'integer',
  nominalType: 'integer',
  nullable: true,
  default: null,
  maxLength: null,
  enumLabels: [],
  description: null,
  ...changes,
});
const relation = (name: string, columns: Column[], changes: Partial<Relation> = {}): Relation => ({
  schema: 'public',
  name,
  isView: false,
  insertable: true,
  updatable: true,
  deletable: true,
  description: null,
  columns: new Map(columns.map((each) => [each.name, each])),
  primaryKey: [],
  ...changes,
});
/** A foreign key on t.b, in both directions. */
const keyTo = (name: string, schema = 'public'): Relationship[] => {
  const t = { schema: 'public', name: 't' };
  const other = { schema, name };
  const via = { kind: 'foreign_key', constraint: 't_b_fkey' } as const;
  return [
    { table: t, target: other, via: { ...via, cardinality: 'many-to-one', isReferring: true }, columns: [['b', 'id']] },
    {
      table: other,
      target: t,
      via: { ...via, cardinality: 'one-to-many', isReferring: false },
      columns: [['id', 'b']],
    },
  ];
};
const model = (...relations: Relation[]): Model => ({
  ...noModel,
  relations: new Map(relations.map((each) => [relationKey(each), each])),
});
const withKeys = (base: Model, ...keys: Relationship[]): Model => ({
  ...base,
  relationships: new Map(keys.map((each) => [relationshipKey(each), each])),
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
});

const differences: [what: string, catalog: Model, cache: Model, findings: string[]][] = [
  ['a relation of the catalog', model(table), model(), ['missing_relation public.t']],
  ['a relation of the cache', model(), model(table), ['extra_relation public.t']],
  [
    'a relation and the keys that lead to it',
    withKeys(model(table, relation('u', [b])), ...keyTo('u')),
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
    withKeys(model(relation('t', [a, b], { primaryKey: ['b'] })), ...keyTo('t')),
    ['extra_column public.t.b'],
  ],
  ['a foreign key', withKeys(model(table), ...keyTo('t')), model(table), ['missing_relationship public.t.b']],
  [
    'a foreign key that is gone',
    model(table),
    withKeys(model(table), ...keyTo('t')),
    ['extra_relationship public.t.b'],
  ],
  [
    'a foreign key to another relation',
    withKeys(model(table), ...keyTo('t')),
    withKeys(model(table), ...keyTo('u')),
    ['changed_relationship public.t.b'],
  ],
  [
    'a foreign key to a relation that neither side shows',
    withKeys(model(table), ...keyTo('x', 'hidden')),
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
  const [finding] = compare(model(table), model(relation('t', [a]))).map((each) => toFinding(each, rulesOf('16.2')));
  t.match(finding, {
    kind: 'missing_column',
    object: 'public.t.b',
    catalog: { type: 'integer', nullable: true, default: null },
    cache: null,
    effect: 'PGRST204 on insert or update naming this column',
    remedy: /reload/,
  });
});
