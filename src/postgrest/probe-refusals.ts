import { groupBy } from '../lib/maps.js';
import { type InstanceError, isRefusal } from './instance.js';

/** Whether one question of a probe came through to PostgREST. */
export interface Outcome {
  schema: string;
  kind: 'relation' | 'routine';
  /** Of what was asked about, by the keys of the model. */
  keys: readonly string[];
  /** Why it did not. */
  refusal: InstanceError | undefined;
}

/** What something between us and PostgREST kept from us. */
export interface Refusals {
  /** Why nothing was learnt, by the keys of relations and functions. */
  refused: Map<string, InstanceError>;
  /** Why nothing was learnt of a schema's relations, or where it has none, of its functions. */
  unread: Map<string, InstanceError>;
}

export function refusalsOf(outcomes: readonly Outcome[]): Refusals {
  const refused = outcomes.flatMap(({ keys, refusal }) =>
    refusal === undefined ? [] : keys.map((key) => [key, refusal] as const),
  );
  const unread = [...groupBy(outcomes, ({ schema }) => schema)].flatMap(([schema, ofSchema]) => {
    const ofRelations = ofSchema.filter(({ kind }) => kind === 'relation');
    const asked = ofRelations.length > 0 ? ofRelations : ofSchema;
    const refusal = asked.every((outcome) => outcome.refusal !== undefined) ? asked[0]?.refusal : undefined;
    return refusal === undefined ? [] : [[schema, refusal] as const];
  });
  return { refused: new Map(refused), unread: new Map(unread) };
}

/** The refusal of one question; any other error is thrown on. */
export function orRefusal(error: unknown): InstanceError {
  if (isRefusal(error)) return error;
  throw error;
}
