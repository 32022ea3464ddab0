import { qualify } from '../model/identifier.js';
import { type Model, type QualifiedName, relationKey } from '../model/model.js';
import type { PostgrestClient } from './client.js';
import { type Instance, InstanceError } from './instance.js';
import { type Plan, quoteName } from './plan-only.js';
import { type Embed, type RelationQuestion, relationQuestions, routineQuestions } from './probe-questions.js';
import { type Outcome, orRefusal, type Refusals, refusalsOf } from './probe-refusals.js';

/** What was asked of an instance's schema cache, and what of it is not there. By the keys of the model. */
export interface ProbedNames {
  relations: { asked: Set<string>; missing: Set<string> };
  /** By `schema.relation.column`. */
  columns: { asked: Set<string>; missing: Set<string> };
  relationships: { asked: Set<string>; missing: Set<string> };
  routines: { asked: Set<string>; missing: Set<string> };
}

export type Probed = ProbedNames & Refusals;

/**
 * Asks an instance about everything in `model` that can be asked for, one question at a time: most relations take one,
 * functions one each. It costs the database nothing and needs no privilege. Throws InstanceError, but where a single
 * question is refused.
 */
export async function probe(
  client: PostgrestClient,
  instance: Instance,
  model: Model,
  signal: AbortSignal,
): Promise<Probed> {
  const none = () => ({ asked: new Set<string>(), missing: new Set<string>() });
  const names: ProbedNames = { relations: none(), columns: none(), relationships: none(), routines: none() };
  const outcomes: Outcome[] = [];
  for (const question of relationQuestions(model)) {
    const { relation } = question;
    const ask: Ask = (columns, embeds) => client.plan.relation(instance, relation, columns, embeds, signal);
    const refusal = await askRelation(ask, question, names).then(() => undefined, orRefusal);
    outcomes.push({ schema: relation.schema, kind: 'relation', keys: [relationKey(relation)], refusal });
  }
  for (const { keys, routine, takes } of routineQuestions(model)) {
    const plan = await client.plan.routine(instance, routine, takes, signal).catch(orRefusal);
    const refusal = plan instanceof InstanceError ? plan : undefined;
    outcomes.push({ schema: routine.schema, kind: 'routine', keys, refusal });
    if (!(plan instanceof InstanceError)) noteRoutine(plan, keys, names);
  }
  return { ...names, ...refusalsOf(outcomes) };
}

function noteRoutine(plan: Plan, keys: readonly string[], { routines }: ProbedNames): void {
  // A gateway's answer, and that of an instance that exposes the schema no more, says nothing of the function.
  if (!plan.isPlanned && (!plan.code.startsWith('PGRST') || plan.code === 'PGRST106')) throw unexpectedCode(plan.code);
  const isMissing = !plan.isPlanned && plan.code === 'PGRST202';
  // Of several that take the same any may be the one that is there.
  if (isMissing || keys.length === 1) note(routines, keys, isMissing);
}

/** Throws InstanceError unless the instance exposes `schema` and says what is cached there. */
export async function checkServed(
  client: PostgrestClient,
  instance: Instance,
  schema: string,
  signal: AbortSignal,
): Promise<void> {
  const nowhere = { schema, name: 'pgrst_ops' };
  const plan = await client.plan.relation(instance, nowhere, ['pgrst_ops'], [], signal);
  if (plan.isPlanned || isUnknownRelation(plan.code) || plan.code === 'PGRST204') return;
  if (plan.code === 'PGRST106') throw new InstanceError('schema_not_exposed', `It does not expose schema ${schema}.`);
  throw unexpectedCode(plan.code);
}

/** Asks one relation for columns and embeds. */
type Ask = (columns: readonly string[], embeds: readonly string[]) => Promise<Plan>;
type Part = Pick<RelationQuestion, 'columns' | 'embeds'>;

async function askRelation(
  ask: Ask,
  { relation, columns, embeds }: RelationQuestion,
  probed: ProbedNames,
): Promise<void> {
  const key = relationKey(relation);
  for (const part of inParts(columns, embeds)) {
    const plan = await ask(
      part.columns,
      part.embeds.map(({ select }, position) => `e${position}:${select}`),
    );
    const isThere = plan.isPlanned || (await askInDetail(ask, relation, part, probed));
    note(probed.relations, [key], !isThere);
    if (!isThere) {
      note(probed.columns, columnKeys(relation, columns), true);
      return;
    }
    note(probed.columns, columnKeys(relation, part.columns), false);
    for (const { keys } of part.embeds) note(probed.relationships, keys, false);
  }
}

/** Finds out what of `part` is missing; false where the whole relation is. */
async function askInDetail(ask: Ask, relation: QualifiedName, part: Part, probed: ProbedNames): Promise<boolean> {
  const missing = await missingColumns(ask, part.columns);
  if (missing === undefined) return false;
  note(probed.columns, columnKeys(relation, missing), true);
  for (const { keys, select } of part.embeds) {
    const plan = await ask([], [select]);
    // One that is found more than once is found.
    note(probed.relationships, keys, !plan.isPlanned && plan.code === 'PGRST200');
  }
  return true;
}

/** Notes that `keys` were asked for, and perhaps are missing: what was is not taken back. */
function note({ asked, missing }: ProbedNames[keyof ProbedNames], keys: readonly string[], isMissing: boolean): void {
  for (const key of keys) {
    asked.add(key);
    if (isMissing) missing.add(key);
  }
}

/** Those of `columns` that are not cached; undefined where the relation is not. */
async function missingColumns(ask: Ask, columns: readonly string[]): Promise<string[] | undefined> {
  const missing: string[] = [];
  for (;;) {
    const left = columns.filter((name) => !missing.includes(name));
    const plan = await ask(left, []);
    if (plan.isPlanned) return missing;
    if (isUnknownRelation(plan.code)) return undefined;
    if (plan.code !== 'PGRST204') throw unexpectedCode(plan.code);
    missing.push(await missingColumn(ask, plan.message, left));
  }
}

/** The column that a PGRST204 names. Its text differs between versions: what it does not tell is asked. */
async function missingColumn(ask: Ask, message: string, names: readonly string[]): Promise<string> {
  const told = names.filter(
    (name) => message.includes(`'${name}' column`) || message.startsWith(`Column '${name}' of`),
  );
  if (told.length === 1 && told[0] !== undefined) return told[0];
  for (const name of names) if (!(await ask([name], [])).isPlanned) return name;
  throw unexpectedCode('PGRST204');
}

/** No code, from PostgREST 13 on one of its own. */
function isUnknownRelation(code: string): boolean {
  return code === '' || code === 'PGRST205';
}

function unexpectedCode(code: string): InstanceError {
  return new InstanceError('unexpected_answer', `It answers ${code} when it is asked what it has cached.`);
}

function columnKeys({ schema, name }: QualifiedName, columns: readonly string[]): string[] {
  return columns.map((column) => qualify(schema, name, column));
}

// Longer URLs are refused by some gateways.
const maxQueryLength = 4_000;

/** Columns and embeds in parts that are not too long for a URL. */
function inParts(columns: readonly string[], embeds: RelationQuestion['embeds']): Part[] {
  const parts: { columns: string[]; embeds: Embed[]; length: number }[] = [];
  const partFor = (text: string) => {
    const length = encodeURIComponent(text).length + 10;
    const last = parts.at(-1);
    if (last !== undefined && last.length + length <= maxQueryLength) {
      last.length += length;
      return last;
    }
    const made = { columns: [], embeds: [], length };
    parts.push(made);
    return made;
  };
  for (const name of columns) partFor(quoteName(name)).columns.push(name);
  for (const embed of embeds) partFor(embed.select).embeds.push(embed);
  return parts.length > 0 ? parts : [{ columns: [], embeds: [] }];
}
