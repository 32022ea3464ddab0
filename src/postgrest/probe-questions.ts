import { groupBy } from '../model/maps.js';
import {
  type Model,
  type QualifiedName,
  type Relation,
  type Relationship,
  type Routine,
  relationKey,
} from '../model/model.js';
import { quoteName } from './plan-only.js';

/** What is asked of an instance about one relation; each column and embed with the key of what it stands for. */
export interface RelationQuestion {
  relation: QualifiedName;
  columns: readonly string[];
  embeds: readonly { key: string; select: string }[];
}

/** What is asked about a function: whether it takes these arguments by name, or one unnamed in a body of this type. */
export interface RoutineQuestion {
  key: string;
  routine: QualifiedName;
  takes: { argumentNames: readonly string[] } | { contentType: string };
}

// An insert that names no column is planned by PostgREST 12 even for a relation that it does not know.
const noColumn = 'pgrst-ops asks for a column that is not there';

/**
 * The questions about every relation of `model`: its columns, and the relationships that a client can ask for without
 * ambiguity: those within a schema that a constraint, a junction or a function names alone.
 */
export function relationQuestions(model: Model): RelationQuestion[] {
  const byTable = groupBy(model.relationships, ([, { table }]) => relationKey(table));
  return [...model.relations].map(([key, relation]) => ({
    relation,
    columns: relation.columns.size > 0 ? [...relation.columns.keys()] : [noColumn],
    embeds: embedsOf(relation, byTable.get(key) ?? []),
  }));
}

/** The questions about every function of `model` but those of which several take the same names. */
export function routineQuestions(model: Model): RoutineQuestion[] {
  const questions = [...model.routines].flatMap(([key, routine]) => routineQuestion(key, routine));
  const same = groupBy(questions, ({ routine, takes }) => JSON.stringify([relationKey(routine), takes]));
  return [...same.values()].flatMap((group) => (group.length === 1 ? group : []));
}

function embedsOf(relation: Relation, relationships: readonly [string, Relationship][]): RelationQuestion['embeds'] {
  const hinted = relationships.flatMap(([key, relationship]) => {
    const select = selectOf(relation, relationship);
    return select === undefined ? [] : [{ key, select }];
  });
  return [...groupBy(hinted, ({ select }) => select).values()].flatMap((group) => (group.length === 1 ? group : []));
}

function selectOf(relation: Relation, { table, target, via, columns }: Relationship): string | undefined {
  if (via.kind === 'function') {
    return via.function.schema === relation.schema ? quoteName(via.function.name) : undefined;
  }
  if (target.schema !== relation.schema) return undefined;
  const embed = (hint: string) => `${quoteName(target.name)}!${quoteName(hint)}`;
  if (via.kind === 'junction') return via.junction.schema === relation.schema ? embed(via.junction.name) : undefined;
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
    return [{ key, routine, takes: { argumentNames: routine.parameters.map(({ name }) => name) } }];
  }
  const [only, ...others] = routine.parameters;
  const contentType = only === undefined ? undefined : contentTypes[only.type];
  return others.length > 0 || contentType === undefined ? [] : [{ key, routine, takes: { contentType } }];
}
