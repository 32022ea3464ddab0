import type { Dice } from './dice.js';
import type { World, WorldRelation } from './world.js';

/** The schemas that PostgREST exposes, and those that it follows views through: `extra` is in the search path only. */
export const exposedSchemas = ['public', 'Odd "1".x/%\\'];
export const extraSearchPath = ['public', 'extra'];
export const allSchemas = [...exposedSchemas, 'extra', 'hidden.one'];

/** A statement, and where it can be told beforehand all that PostgREST then has to be told of: kinds and objects. */
export interface Step {
  sql: string;
  finds?: readonly string[];
}

export type MakeStep = (dice: Dice, world: World) => Step;

export function isExposed({ schema }: { schema: string }): boolean {
  return exposedSchemas.includes(schema);
}

export function tablesOf({ relations }: World): WorldRelation[] {
  return relations.filter(({ kind, isPartition }) => (kind === 'r' || kind === 'p') && !isPartition);
}

export function viewsOf({ relations }: World): WorldRelation[] {
  return relations.filter(({ kind }) => kind === 'v');
}

const builtIn = [
  'integer', 'bigint', 'smallint', 'text', 'varchar(7)', 'varchar', 'char(3)', 'bit(3)', 'bit varying(9)', 'numeric(10,2)',
  'boolean', 'timestamptz(3)', 'date', 'uuid', 'json', 'jsonb', 'bytea', 'integer[]', 'text[]', 'varchar(4)[]', '"char"',
  'interval day to second', 'double precision', 'xml', 'int4range', 'name', 'regclass',
]; // biome-ignore format: one type a line would be thirty lines

/** A type that a column or a parameter may have. */
export function typeFrom(dice: Dice, { types, relations }: World): string {
  const all = [...builtIn, ...types.flatMap(({ sql }) => [sql, sql, sql, `${sql}[]`])];
  return dice.upTo(20) === 0 && relations.length > 0 ? `${dice.of(relations).sql}${dice.of(['', '[]'])}` : dice.of(all);
}
