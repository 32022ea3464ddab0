import { getOrMake, groupBy } from '../lib/maps.js';
import {
  type Model,
  type QualifiedName,
  type Relationship,
  type Routine,
  relationKey,
  relationshipKey,
  reversed,
} from '../model/model.js';
import { quoteName } from './plan-only.js';

/** What is asked of an instance about one relation. */
export interface RelationQuestion {
  relation: QualifiedName;
  columns: readonly string[];
  /** Each with the keys of the relationships that it stands for: both directions of one. */
  embeds: readonly Embed[];
}

export interface Embed {
  keys: readonly string[];
  select: string;
}

/**
 * What is asked about functions: whether one takes these arguments by name, or one unnamed in a body of this type. Where
 * several take the same, all that can be found out is that there is none.
 */
export interface RoutineQuestion {
  keys: readonly string[];
  routine: QualifiedName;
  takes: { argumentNames: readonly string[] } | { contentType: string };
}

// An insert that names no column is planned by PostgREST 12 even for a relation that it does not know.
const noColumn = 'pgrst-ops asks for a column that is not there';

/**
 * The questions about every relation of `model`: its columns, and the relationships that a client can ask for without
 * ambiguity: those within a schema that a constraint, a junction or a function names alone. PostgREST has a relationship
 * in both directions or in none: one of them is asked for.
 */
export function relationQuestions(model: Model): RelationQuestion[] {
  const embeds = embedsOf(model);
  const ofRelations = [...model.relations].map(([key, relation]) => ({
    relation,
    columns: relation.columns.size > 0 ? [...relation.columns.keys()] : [noColumn],
    embeds: embeds.get(key)?.embeds ?? [],
  }));
  const ofOthers = [...embeds].flatMap(([key, others]) =>
    model.relations.has(key) ? [] : [{ ...others, columns: [] }],
  );
  return [...ofRelations, ...ofOthers];
}

/** The questions about every function of `model`. */
export function routineQuestions(model: Model): RoutineQuestion[] {
  const questions = [...model.routines].flatMap(([key, routine]) => routineQuestion(key, routine));
  const same = groupBy(questions, ({ routine, takes }) => JSON.stringify([relationKey(routine), takes]));
  return [...same.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, keys: [first, ...others].flatMap(({ keys }) => keys) }],
  );
}

/** By the key of the relation that is asked. */
function embedsOf({ relationships }: Model): Map<string, { relation: QualifiedName; embeds: Embed[] }> {
  const hinted = [...relationships].flatMap(([key, relationship]) => {
    const select = selectOf(relationship);
    return select === undefined ? [] : [{ key, relationship, select }];
  });
  const alike = groupBy(hinted, ({ relationship, select }) => `${relationKey(relationship.table)} ${select}`);
  const embeds = new Map<string, { relation: QualifiedName; embeds: Embed[] }>();
  const asked = new Set<string>();
  for (const [only, ...others] of alike.values()) {
    if (only === undefined || others.length > 0 || asked.has(only.key)) continue;
    const { key, relationship, select } = only;
    const back = reversed(relationship);
    const backKey = back && relationshipKey(back);
    const keys = backKey !== undefined && relationships.has(backKey) ? [key, backKey] : [key];
    for (const each of keys) asked.add(each);
    const { table } = relationship;
    getOrMake(embeds, relationKey(table), () => ({ relation: table, embeds: [] })).embeds.push({ keys, select });
  }
  return embeds;
}

function selectOf({ table, target, via, columns }: Relationship): string | undefined {
  if (via.kind === 'function') {
    return via.function.schema === table.schema ? quoteName(via.function.name) : undefined;
  }
  if (target.schema !== table.schema) return undefined;
  const embed = (hint: string) => `${quoteName(target.name)}!${quoteName(hint)}`;
  if (via.kind === 'junction') return via.junction.schema === table.schema ? embed(via.junction.name) : undefined;
  const isSelf = relationKey(table) === relationKey(target);
  if (!isSelf) return embed(via.constraint);
  // A relation's relationship with itself goes by its column.
  const [column, ...others] = columns;
  return via.cardinality === 'many-to-one' && column !== undefined && others.length === 0
    ? embed(column[0])
    : undefined;
}

// By the type of the only parameter, which has no name: it takes the whole body.
const contentTypes: Record<string, string> = {
  json: 'application/json',
  jsonb: 'application/json',
  text: 'text/plain',
  bytea: 'application/octet-stream',
  xml: 'text/xml',
};

function routineQuestion(key: string, routine: Routine): RoutineQuestion[] {
  const unnamed = routine.parameters.filter(({ name }) => name === '');
  if (unnamed.length === 0) {
    return [{ keys: [key], routine, takes: { argumentNames: routine.parameters.map(({ name }) => name) } }];
  }
  const [only, ...others] = routine.parameters;
  const contentType = only === undefined ? undefined : contentTypes[only.type];
  return others.length > 0 || contentType === undefined ? [] : [{ keys: [key], routine, takes: { contentType } }];
}
