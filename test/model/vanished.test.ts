import t from 'tap';
import {
  type Column,
  type Model,
  noModel,
  type Relation,
  type Relationship,
  type Routine,
  relationKey,
  relationshipKey,
  reversed,
  routineKey,
  type Via,
} from '../../src/model/model.js';
import { merge, stillVanished, vanished } from '../../src/model/vanished.js';

const named = (name: string) => ({ schema: 'public', name });
const relation = (name: string, ...columns: string[]): Relation => ({
  ...named(name),
  isView: false,
  insertable: true,
  updatable: true,
  deletable: true,
  description: null,
  columns: new Map(columns.map((column) => [column, { name: column } as Column])),
  primaryKey: [],
});
const key = (constraint: string, from: string, to: string, column = 'id'): Relationship => ({
  table: named(from),
  target: named(to),
  via: { kind: 'foreign_key', constraint, cardinality: 'many-to-one', isReferring: true },
  columns: [[column, 'id']],
});
const routine = (name: string, ...parameters: [name: string, type: string][]): Routine => ({
  ...named(name),
  parameters: parameters.map(([parameter, type]) => ({
    name: parameter,
    type,
    castType: type,
    required: true,
    variadic: false,
  })),
  returns: { type: named('int'), isSet: false, isComposite: false, isCompositeAlias: false },
  volatility: 'stable',
  isVariadic: false,
  settings: new Map(),
  description: null,
});
const model = (relations: Relation[], relationships: Relationship[] = [], routines: Routine[] = []): Model => ({
  ...noModel,
  relations: new Map(relations.map((each) => [relationKey(each), each])),
  relationships: new Map(relationships.map((each) => [relationshipKey(each), each])),
  routines: new Map(routines.map((each) => [routineKey(each), each])),
});

t.test('what is gone, by name', async (t) => {
  const before = model(
    [relation('a', 'id', 'x'), relation('b', 'id'), relation('c', 'id'), relation('d', 'id')],
    [key('a_b', 'a', 'b'), key('a_d', 'a', 'd'), key('a_x', 'a', 'd', 'x'), key('renamed', 'a', 'c')],
    [routine('f', ['p', 'int']), routine('g', ['p', 'int']), routine('h')],
  );
  const now = model(
    [relation('a', 'id', 'y'), relation('c', 'id'), relation('d', 'id')],
    [key('a_c', 'a', 'c')],
    [routine('g', ['p', 'int'], ['q', 'int']), routine('h')],
  );
  const gone = vanished(before, now);
  t.same(
    [...gone.relations].map(([name, { columns }]) => [name, [...columns.keys()]]),
    [
      ['public.a', ['x']],
      ['public.b', ['id']],
    ],
  );
  t.same(
    [...gone.relationships.values()].map(({ via }) => (via as { constraint: string }).constraint),
    ['a_d'],
    'none of a relation or column that is gone, none where another one is left',
  );
  t.same([...gone.routines.keys()], ['public.f(p int)'], 'not where another one may take its calls');
  const both = merge(now, gone);
  t.same([...(both.relations.get('public.a')?.columns.keys() ?? [])].sort(), ['id', 'x', 'y']);
  t.same([...both.relations.keys()].sort(), ['public.a', 'public.b', 'public.c', 'public.d']);
  t.same(vanished(both, both), { ...noModel, relations: new Map(), relationships: new Map(), routines: new Map() });
});

t.test('of much that was gone before something else went the newest is kept', async (t) => {
  const columns = Array.from({ length: 1_500 }, (_, number) => `c${number}`);
  const relations = Array.from({ length: 1_200 }, (_, number) =>
    relation(`old${number}`, ...(number === 0 ? columns : ['id'])),
  );
  const routines = Array.from({ length: 1_200 }, (_, number) => routine(`old${number}`));
  const older = model(relations, [], routines);
  const sizes = ({ relations, routines }: Model) => [relations.size, routines.size];
  t.same(sizes(stillVanished(older, noModel, noModel)), [1_200, 1_200], 'nothing else went');

  const kept = stillVanished(older, model([relation('new', 'id')]), noModel);
  t.same(sizes(kept), [1_001, 1_000]);
  t.equal([...kept.relations.keys()][0], 'public.new');
  t.equal(kept.relations.get('public.old0')?.columns.size, 1_000);
  t.same(sizes(stillVanished(older, noModel, older)), [0, 0], 'what is back is not gone');
});

t.test('a relationship and its other direction', async (t) => {
  const junction: Via = {
    kind: 'junction',
    junction: named('j'),
    constraints: ['j_a', 'j_b'],
    targetColumns: [['id', 'b']],
  };
  const throughJunction: Relationship = {
    table: named('a'),
    target: named('b'),
    via: junction,
    columns: [['id', 'a']],
  };
  for (const relationship of [key('a_b', 'a', 'b'), throughJunction]) {
    const back = reversed(relationship);
    t.not(back && relationshipKey(back), relationshipKey(relationship));
    t.same(back && reversed(back), relationship);
  }
  const computed: Via = { kind: 'function', function: named('f'), toOne: true };
  t.equal(reversed({ ...throughJunction, via: computed }), undefined);
});
