import { qualify } from '../../src/model/identifier.js';

// biome-ignore lint/suspicious/noExplicitAny: what PostgREST writes.
type Json = any;

/** One thing that a dump of PostgREST's schema cache holds. */
export interface Dumped {
  /** All that may differ between two dumps; the order of what has none left out. */
  text: string;
  /** The findings, as kind and object without `missing`, `extra` or `changed`, that may be of it. */
  own: readonly string[];
  /** Those that it follows from, where a relation or column is on one side only, or a key changed. */
  follows: readonly string[];
  /** It may be left unsaid: PostgREST 12 takes the labels of any enum of the type's name. */
  isOptional?: boolean;
}

/** All things in a dump, by what identifies them: read without the code under test. */
export function dumpedThings(document: string): Map<string, Dumped> {
  const { dbTables, dbRelationships, dbRoutines, dbRepresentations } = JSON.parse(document);
  return new Map([
    ...dbTables.flatMap(([, table]: Json) => ofRelation(table)),
    ...dbRelationships.flatMap(([, list]: Json) => list.map(ofRelationship)),
    ...dbRoutines.flatMap(([, overloads]: Json) => overloads.map(ofRoutine)),
    ...dbRepresentations.map(ofRepresentation),
  ]);
}

type Entry = [key: string, thing: Dumped];

function ofRelation({ tableColumns, tablePKCols, ...rest }: Json): Entry[] {
  const key = qualify(rest.tableSchema, rest.tableName);
  const relation = `relation ${key}`;
  const columns = Object.values(tableColumns).flatMap(({ colEnum, ...column }: Json): Entry[] => {
    const own = `column ${qualify(rest.tableSchema, rest.tableName, column.colName)}`;
    const follows = [relation, `primary_key ${key}`];
    const labels = { own: [own, `enum ${column.colNominalType}`], follows, isOptional: true };
    return [
      [own, { text: JSON.stringify(column), own: [own], follows }],
      [`labels of ${own}`, { text: JSON.stringify(colEnum), ...labels }],
    ];
  });
  const names = tablePKCols.map((name: string) => `column ${qualify(rest.tableSchema, rest.tableName, name)}`);
  return [
    [relation, { text: JSON.stringify(rest), own: [relation], follows: [] }],
    ...columns,
    [
      `primary_key ${key}`,
      { text: textOfKey(rest, tablePKCols), own: [`primary_key ${key}`], follows: [relation, ...names] },
    ],
  ];
}

/** Where a view shows a key's column twice, PostgREST takes any of both. */
function textOfKey({ tableIsView }: Json, columns: readonly string[]): string {
  return JSON.stringify(tableIsView ? columns.map(() => '') : [...columns].sort());
}

function ofRelationship(relationship: Json): Entry {
  const { relTable, relForeignTable, relTableIsView, relFTableIsView, relCardinality, relFunction } = relationship;
  const of = (name: Json, ...more: string[]) => qualify(name.qiSchema, name.qiName, ...more);
  const ends = [`relation ${of(relTable)}`, `relation ${of(relForeignTable)}`];
  const text = JSON.stringify(relationship);
  const key = `relationship ${text}`;
  if (relFunction !== undefined) {
    return [key, { text, own: [`relationship ${of(relTable, relFunction.qiName)}`], follows: ends }];
  }
  const columnsOf = (table: Json, names: string[]) => names.map((name) => `column ${of(table, name)}`);
  if (relCardinality.tag === 'M2M') {
    const { junTable, junColsSource, junColsTarget } = relCardinality.contents;
    const inJunction = [junColsSource, junColsTarget].map((pairs: string[][]) => pairs.map(([, name = '']) => name));
    const keys = inJunction.map((names) => `relationship ${of(junTable, ...names)}`);
    return [
      key,
      {
        text,
        own: [`relationship ${of(junTable)}`],
        follows: [
          ...ends, ...keys, `relation ${of(junTable)}`, `primary_key ${of(junTable)}`, ...columnsOf(junTable, inJunction.flat()),
          ...columnsOf(relTable, junColsSource.map(([name]: string[]) => name)),
          ...columnsOf(relForeignTable, junColsTarget.map(([name]: string[]) => name)),
        ], // biome-ignore format: short
      },
    ];
  }
  const pairs: [string, string][] = relCardinality.relColumns;
  const [own, other] = [pairs.map(([name]) => name), pairs.map(([, name]) => name)];
  const [from, to] = [`relationship ${of(relTable, ...own)}`, `relationship ${of(relForeignTable, ...other)}`];
  return [
    key,
    {
      text,
      // A view may show a column twice, which makes several relationships of one key.
      own: [
        from,
        to,
        ...(relTableIsView ? [`relationship ${of(relTable)}.`] : []),
        ...(relFTableIsView ? [`relationship ${of(relForeignTable)}.`] : []),
      ],
      follows: [...ends, ...columnsOf(relTable, own), ...columnsOf(relForeignTable, other)],
    },
  ];
}

function ofRoutine({ pdParams, ...rest }: Json): Entry {
  const { contents } = rest.pdReturnType.contents;
  const result = Array.isArray(contents) ? contents[0] : contents;
  const types = pdParams.map(({ ppName, ppType }: Json) => `${ppName === '' ? '' : `${qualify(ppName)} `}${ppType}`);
  const name = qualify(rest.pdSchema, rest.pdName);
  const key = `function ${name}(${types.join(', ')})`;
  const rows = pdParams.map(({ ppType }: Json) => `relation ${ppType.replace(/(\[\])+$/, '')}`);
  return [
    key,
    {
      text: JSON.stringify([pdParams, rest]),
      own: [key, `function ${name}(`],
      follows: [...rows, `relation ${qualify(result.qiSchema, result.qiName)}`],
    },
  ];
}

function ofRepresentation([, representation]: Json): Entry {
  const key = `representation ${representation.drSourceType} -> ${representation.drTargetType}`;
  return [key, { text: JSON.stringify(representation), own: [key], follows: [] }];
}
