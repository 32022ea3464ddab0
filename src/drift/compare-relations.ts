import { groupBy } from '../lib/maps.js';
import { mayBeSameDefault } from '../model/default-expression.js';
import { qualify } from '../model/identifier.js';
import type { Column, Model, Relation } from '../model/model.js';
import type { Difference } from './finding.js';
import { difference, isSame, pairs } from './pairs.js';

/** What differs in relations, their columns and primary keys. */
export function compareRelations(catalog: Model, cache: Model): Difference[] {
  const columns: ChangedColumn[] = [];
  const differences = pairs(catalog.relations, cache.relations, catalog.uncertain).flatMap(([key, here, there]) => {
    if (here === undefined || there === undefined) {
      return difference('relation', key, here ? describeRelation(here) : null, there ? describeRelation(there) : null);
    }
    // Most relations are equal, and large schemas have many.
    columns.push(...changedColumns(here, there));
    return [
      ...difference('relation', key, ...changes(relationFields, here, there)),
      ...(catalog.uncertain.has(`${key} primary key`) ? [] : comparePrimaryKeys(key, here, there)),
    ];
  });
  return [...differences, ...compareColumns(columns)];
}

interface ChangedColumn {
  object: string;
  here: Column | undefined;
  there: Column | undefined;
  /** A primary key makes its columns not null. */
  isKeyChange: boolean;
}

function changedColumns(actual: Relation, cached: Relation): ChangedColumn[] {
  const changed: ChangedColumn[] = [];
  const check = (name: string, here: Column | undefined, there: Column | undefined) => {
    const isKeyChange = actual.primaryKey.includes(name) !== cached.primaryKey.includes(name);
    if (here !== undefined && there !== undefined && differingFields(here, there, isKeyChange).length === 0) return;
    changed.push({ object: qualify(actual.schema, actual.name, name), here, there, isKeyChange });
  };
  for (const [name, here] of actual.columns) check(name, here, cached.columns.get(name));
  for (const [name, there] of cached.columns) if (!actual.columns.has(name)) check(name, undefined, there);
  return changed;
}

/** One difference for each column, but one for all columns of an enum of which only the labels changed. */
function compareColumns(columns: readonly ChangedColumn[]): Difference[] {
  const isEnumChange = ({ here, there, isKeyChange }: ChangedColumn) =>
    here !== undefined && there !== undefined && differingFields(here, there, isKeyChange).join() === 'enumLabels';
  const enums = groupBy(columns.filter(isEnumChange), ({ here }) => here?.nominalType ?? '');
  return [
    ...columns.filter((column) => !isEnumChange(column)).flatMap(compareColumn),
    ...[...enums].map(([object, ofEnum]): Difference => {
      const names = ofEnum.map((column) => column.object);
      const side = (column: Column | undefined) => ({ labels: column?.enumLabels, columns: names });
      return { kind: 'changed_enum', object, catalog: side(ofEnum[0]?.here), cache: side(ofEnum[0]?.there) };
    }),
  ];
}

function compareColumn({ object, here, there, isKeyChange }: ChangedColumn): Difference[] {
  if (here === undefined || there === undefined) {
    return difference('column', object, here ? describeColumn(here) : null, there ? describeColumn(there) : null);
  }
  const fields = differingFields(here, there, isKeyChange);
  return difference('column', object, describeColumn(here, fields), describeColumn(there, fields));
}

const columnFields = ['type', 'nominalType', 'nullable', 'default', 'maxLength', 'enumLabels', 'description'] as const;
type ColumnField = (typeof columnFields)[number];

function differingFields(here: Column, there: Column, isKeyChange: boolean): ColumnField[] {
  return columnFields.filter((field) => {
    if (field === 'nullable' && isKeyChange) return false;
    if (field === 'enumLabels' && here.enumChoices?.some((labels) => isSame(labels, there.enumLabels))) return false;
    if (field === 'default' && mayBeSameDefault(here.default, there.default, here.type)) return false;
    return !isSame(here[field], there[field]);
  });
}

function describeColumn(column: Column, fields: readonly ColumnField[] = []): Record<string, unknown> {
  const { type, nullable, default: fallback } = column;
  return { type, nullable, default: fallback, ...Object.fromEntries(fields.map((field) => [field, column[field]])) };
}

function comparePrimaryKeys(key: string, actual: Relation, cached: Relation): Difference[] {
  const here = actual.primaryKey;
  const there = cached.primaryKey;
  if (isSameKey(actual, there)) return [];
  const isOnBoth = (column: string) => actual.columns.has(column) && cached.columns.has(column);
  if (![...here, ...there].every(isOnBoth)) return [];
  const describe = (columns: readonly string[]) => (columns.length === 0 ? null : { columns });
  return difference('primary_key', key, describe(here), describe(there));
}

function isSameKey({ primaryKey, primaryKeyChoices }: Relation, cached: readonly string[]): boolean {
  const choices = primaryKeyChoices ?? primaryKey.map((column) => [column]);
  return (
    choices.length === cached.length &&
    choices.every((choice) => choice.some((column) => cached.includes(column))) &&
    cached.every((column) => choices.some((choice) => choice.includes(column)))
  );
}

const relationFields = ['isView', 'insertable', 'updatable', 'deletable', 'description'] as const;

/** Both sides with those of `fields` in which they differ. */
function changes<Entity extends object>(
  fields: readonly (keyof Entity & string)[],
  here: Entity,
  there: Entity,
): [Record<string, unknown>, Record<string, unknown>] {
  const differing = fields.filter((field) => !isSame(here[field], there[field]));
  const side = (entity: Entity) => Object.fromEntries(differing.map((field) => [field, entity[field]]));
  return [side(here), side(there)];
}

function describeRelation({ kind, isView, columns }: Relation): Record<string, unknown> {
  return { kind: kind ?? (isView ? 'view' : 'table'), columns: [...columns.keys()] };
}
