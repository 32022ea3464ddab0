import { qualify } from '../model/identifier.js';
import { type Model, relationKey } from '../model/model.js';
import type { PostgrestClient } from './client.js';
import { type Instance, InstanceError } from './instance.js';
import { quoteName } from './plan-only.js';
import { type RelationQuestion, type RoutineQuestion, relationQuestions, routineQuestions } from './probe-questions.js';

/** What was asked of an instance's schema cache, and what of it is not there. By the keys of the model. */
export interface Probed {
  relations: { asked: Set<string>; missing: Set<string> };
  /** By `schema.relation.column`. */
  columns: { asked: Set<string>; missing: Set<string> };
  relationships: { asked: Set<string>; missing: Set<string> };
  routines: { asked: Set<string>; missing: Set<string> };
}

// Longer URLs are refused by some gateways.
const maxQueryLength = 4_000;

/**
 * Asks an instance about everything in `model` that can be asked for, one question at a time: most relations take one,
 * functions one each. It costs the database nothing and needs no privilege. Throws InstanceError.
 */
export async function probe(
  client: PostgrestClient,
  instance: Instance,
  model: Model,
  signal: AbortSignal,
): Promise<Probed> {
  const none = () => ({ asked: new Set<string>(), missing: new Set<string>() });
  const probed: Probed = { relations: none(), columns: none(), relationships: none(), routines: none() };
  for (const question of relationQuestions(model)) await askRelation(client, instance, question, signal, probed);
  for (const question of routineQuestions(model)) await askRoutine(client, instance, question, signal, probed);
  return probed;
}

async function askRelation(
  client: PostgrestClient,
  instance: Instance,
  { relation, columns, embeds }: RelationQuestion,
  signal: AbortSignal,
  probed: Probed,
): Promise<void> {
  const key = relationKey(relation);
  probed.relations.asked.add(key);
  const plan = (names: readonly string[], selects: readonly string[]) =>
    client.plan.relation(instance, relation, names, selects, signal);

  for (const part of inParts(columns, embeds)) {
    let names = part.columns;
    let isAlone = false;
    for (;;) {
      const found = await plan(names, isAlone ? [] : part.embeds.map(({ select }, at) => `e${at}:${select}`));
      if (found.isPlanned) break;
      if (found.code === 'PGRST204') {
        const missing = await missingColumn(found.message, names, (name) => plan([name], []));
        probed.columns.missing.add(qualify(relation.schema, relation.name, missing));
        names = names.filter((name) => name !== missing);
        if (names.length === 0 && (isAlone || part.embeds.length === 0)) break;
      } else if (isUnknownRelation(found.code)) {
        probed.relations.missing.add(key);
        return;
      } else if (isAlone) {
        throw new InstanceError('unexpected_answer', `It answers ${found.code} when it is asked about ${key}.`);
      } else {
        // An embed is missing, or the relation, which tells when asked without embeds.
        isAlone = true;
      }
    }
    for (const name of part.columns) probed.columns.asked.add(qualify(relation.schema, relation.name, name));
    for (const embed of part.embeds) {
      const isMissing = isAlone && (await isMissingEmbed(plan, embed.select));
      probed.relationships.asked.add(embed.key);
      if (isMissing) probed.relationships.missing.add(embed.key);
    }
  }
}

type Plan = (names: readonly string[], selects: readonly string[]) => ReturnType<PostgrestClient['plan']['relation']>;

async function isMissingEmbed(plan: Plan, select: string): Promise<boolean> {
  const found = await plan([], [select]);
  return !found.isPlanned && found.code === 'PGRST200';
}

/** The column that a PGRST204 names. Its text differs between versions: what it does not tell is asked. */
async function missingColumn(
  message: string,
  names: readonly string[],
  planOne: (name: string) => ReturnType<Plan>,
): Promise<string> {
  const told = names.filter(
    (name) => message.includes(`'${name}' column`) || message.startsWith(`Column '${name}' of`),
  );
  if (told.length === 1 && told[0] !== undefined) return told[0];
  for (const name of names) if (!(await planOne(name)).isPlanned) return name;
  throw new InstanceError('unexpected_answer', 'It misses a column, but has each of those that were asked for.');
}

/** No code, from PostgREST 13 on one of its own. */
function isUnknownRelation(code: string): boolean {
  return code === '' || code === 'PGRST205';
}

async function askRoutine(
  client: PostgrestClient,
  instance: Instance,
  { key, routine, takes }: RoutineQuestion,
  signal: AbortSignal,
  probed: Probed,
): Promise<void> {
  probed.routines.asked.add(key);
  const found = await client.plan.routine(instance, routine, takes, signal);
  if (!found.isPlanned && found.code === 'PGRST202') probed.routines.missing.add(key);
}

/** Columns and embeds in parts that are not too long for a URL. */
function inParts(
  columns: readonly string[],
  embeds: RelationQuestion['embeds'],
): Pick<RelationQuestion, 'columns' | 'embeds'>[] {
  const parts: { columns: string[]; embeds: { key: string; select: string }[]; length: number }[] = [];
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
