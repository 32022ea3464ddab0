import type { Query } from '../../catalog/query.js';
import { type ForeignKeyRow, readForeignKeys } from '../../catalog/read-relationships.js';
import { qualify } from '../../model/identifier.js';
import type { Reason } from '../facts.js';

/** Why no relationship leads from the table `from` to `to`, where foreign keys of both say it. */
export async function explainTables(
  query: Query,
  schema: string,
  from: string,
  to: string,
  exposed: readonly string[],
): Promise<Reason | undefined> {
  const keys = await readForeignKeys(query);
  const isOwn = (key: ForeignKeyRow, name: string) => key.schema === schema && key.table === name;
  const own = keys.filter((key) => isOwn(key, from));
  const others = keys.filter((key) => isOwn(key, to));
  const away = own.find((key) => key.targetTable === to && key.targetSchema !== schema);
  const back = keys.find(
    (key) => key.targetSchema === schema && key.targetTable === from && key.table === to && key.schema !== schema,
  );
  if (away !== undefined) return elsewhere(away, away.targetSchema, to, schema, exposed);
  if (back !== undefined) return elsewhere(back, back.schema, to, schema, exposed);
  for (const key of own) {
    const shared = others.find((other) => other.targetRelation === key.targetRelation);
    if (shared !== undefined) return siblings(key, shared, exposed);
  }
  return between(keys, schema, from, to);
}

/** A relation that has foreign keys with both, but is no junction of them. */
function between(keys: readonly ForeignKeyRow[], schema: string, from: string, to: string): Reason | undefined {
  const here = keys.filter((key) => key.schema === schema && key.targetSchema === schema);
  const neighbours = (name: string) =>
    here.flatMap((key) => [
      ...(key.table === name ? [key.targetTable] : []),
      ...(key.targetTable === name ? [key.table] : []),
    ]);
  const others = new Set(neighbours(to));
  const middle = neighbours(from).find((name) => others.has(name) && name !== from && name !== to);
  if (middle === undefined) return undefined;
  const [one, two] = [qualify(schema, from), qualify(schema, to)];
  return {
    verdict: 'not_served',
    text: `No foreign key joins ${one} with ${two}: ${qualify(schema, middle)} lies between them, and its primary key does not hold foreign keys to both.`,
    action: `Embed through it: select=*,${middle}(*,${to}(*)). Or write a function that returns the related rows (a computed relationship).`,
  };
}

function elsewhere(key: ForeignKeyRow, place: string, to: string, schema: string, exposed: readonly string[]): Reason {
  const name = qualify(place, to);
  const joins = `The foreign key ${qualify(key.name)} joins ${qualify(key.schema, key.table)} with ${qualify(key.targetSchema, key.targetTable)}`;
  const action = `Create a view in schema ${qualify(schema)} that shows what clients may see of ${name}, with its key; then reload.`;
  if (exposed.includes(place)) {
    return {
      verdict: 'not_served',
      text: `${joins}, but a request can embed only relations of its own schema, ${qualify(schema)}.`,
      action,
    };
  }
  return {
    verdict: 'schema_not_exposed',
    text: `${joins}, but schema ${qualify(place)} is not exposed, and a request can embed only relations of its own schema.`,
    action,
    suggestions: [name],
  };
}

function siblings(key: ForeignKeyRow, other: ForeignKeyRow, exposed: readonly string[]): Reason {
  const shared = qualify(key.targetSchema, key.targetTable);
  const [one, two] = [qualify(key.schema, key.table), qualify(other.schema, other.table)];
  const through =
    key.targetSchema === key.schema && exposed.includes(key.schema)
      ? `Embed through it: select=*,${key.targetTable}(*,${other.table}(*)). Or add`
      : 'Add';
  return {
    verdict: 'not_served',
    text: `Both ${one} (${qualify(key.name)}) and ${two} (${qualify(other.name)}) point to ${shared}; no foreign key joins them with each other.`,
    action: `${through} a foreign key between ${one} and ${two}, or a function that returns the related rows (a computed relationship).`,
  };
}
