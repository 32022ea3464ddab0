export type FindingKind =
  | 'missing_relation'
  | 'extra_relation'
  | 'missing_column'
  | 'extra_column'
  | 'changed_column'
  | 'missing_primary_key'
  | 'extra_primary_key'
  | 'changed_primary_key'
  | 'missing_relationship'
  | 'extra_relationship'
  | 'changed_relationship';

/** One difference between what PostgreSQL has and what a PostgREST instance serves. */
export interface Finding {
  kind: FindingKind;
  /** `schema.relation` or `schema.relation.column`, quoted where PostgreSQL quotes. */
  object: string;
  /** What PostgreSQL has there; null for nothing. */
  catalog: Record<string, unknown> | null;
  /** What PostgREST has there; null for nothing. */
  cache: Record<string, unknown> | null;
  /** What a client meets. */
  effect: string;
  /** What ends it. */
  remedy: string;
}

const effects: Record<FindingKind, string> = {
  missing_relation: '404 on requests to it (PGRST205 from PostgREST 13), PGRST200 when it is embedded',
  extra_relation: '404 with 42P01 on requests to it: PostgREST sends them to a relation that is gone',
  missing_column: 'PGRST204 on insert or update naming this column',
  extra_column: '400 with 42703 on insert or update naming this column, and the OpenAPI document still lists it',
  changed_column: 'values are read and written as the old type, and the OpenAPI document describes the old column',
  missing_primary_key: 'upserts do not find the key, and Location headers lack it',
  extra_primary_key: 'upserts fail with 42P10, and Location headers name the old key',
  changed_primary_key: 'upserts fail with 42P10, and Location headers name the old key',
  missing_relationship: 'PGRST200 when one side is embedded in the other',
  extra_relationship: 'embedding still follows a foreign key that is gone',
  changed_relationship: 'embedding follows the old foreign key: PGRST200 for the new one',
};

/** A finding with the effect that its kind has. */
export function finding(
  kind: FindingKind,
  object: string,
  catalog: Record<string, unknown> | null,
  cache: Record<string, unknown> | null,
): Finding {
  const remedy = "POST /schema/reload, or notify pgrst, 'reload schema'";
  return { kind, object, catalog, cache, effect: effects[kind], remedy };
}
