type Entity = 'relation' | 'column' | 'primary_key' | 'relationship' | 'function' | 'representation' | 'media_handler';

export type FindingKind = `${'missing' | 'extra' | 'changed'}_${Entity}` | 'changed_enum';

/** What differs in configuration rather than in the schema cache. */
export type ConfigurationKind = 'changed_setting' | 'unknown_setting' | 'ignored_setting' | 'missing_schema';

/** What one side has there; null for nothing. */
export type Side = Record<string, unknown> | null;

/** A difference between two models. */
export interface Difference {
  kind: FindingKind;
  /** Quoted where PostgreSQL quotes: `schema.relation.column`, `schema.function(parameters)`, a type. */
  object: string;
  /** What PostgreSQL has. */
  catalog: Side;
  /** What PostgREST has. */
  cache: Side;
}

/** A difference, and what it means for whom. */
export interface Finding extends Omit<Difference, 'kind'> {
  kind: FindingKind | ConfigurationKind;
  /** What a client meets. */
  effect: string;
  /** What ends it. */
  remedy: string;
}

const effects: Record<FindingKind, string> = {
  missing_relation: '404 with PGRST205 on requests to it, PGRST200 when it is embedded',
  extra_relation: '404 with 42P01 on requests to it: PostgREST sends them to a relation that is gone',
  changed_relation: 'PostgREST offers the old methods on it, and the OpenAPI document describes the old relation',
  missing_column: 'PGRST204 on insert or update naming this column',
  extra_column: '400 with 42703 on insert or update naming this column, and the OpenAPI document still lists it',
  changed_column: 'values are read and written as the old type, and the OpenAPI document describes the old column',
  missing_primary_key: 'upserts do not find the key, and Location headers lack it',
  extra_primary_key: 'upserts fail with 42P10, and Location headers name the old key',
  changed_primary_key: 'upserts fail with 42P10, and Location headers name the old key',
  missing_relationship: 'PGRST200 when one side is embedded in the other',
  extra_relationship: 'embedding still follows what is gone',
  changed_relationship: 'embedding follows the old relationship: PGRST200 for the new one',
  missing_function: '404 with PGRST202 when it is called',
  extra_function: '404 with 42883 when it is called: PostgREST sends the call to a function that is gone',
  changed_function:
    'it is called the old way: PGRST202 for new parameters, 42883 for old ones, old settings and results',
  missing_representation: 'values of the domain are neither formatted nor parsed',
  extra_representation: '404 with 42883 on requests with a column of the domain: the function is gone',
  changed_representation: 'values of the domain go through the old function',
  missing_media_handler: '406 with PGRST107 on requests that accept only its media type',
  extra_media_handler: '404 with 42883 on requests that accept its media type',
  changed_media_handler: 'the media type is produced by the old function',
  changed_enum: 'the OpenAPI document lists the old labels',
};
const effectWithoutCode: Partial<Record<FindingKind, string>> = {
  missing_relation: '404 without a code on writes to it, PGRST200 when it is embedded',
};
const effectIfUnsupported: Partial<Record<FindingKind, string>> = {
  missing_media_handler: '415 with PGRST107 on requests that accept only its media type',
};

const descriptionEffect =
  'the OpenAPI document describes the old column; inserts with missing=default take the old default';

/** Whether a column has kept its type. */
function isDescribedOtherwise({ kind, catalog, cache }: Difference): boolean {
  if (kind !== 'changed_column' || catalog === null || cache === null) return false;
  const typeFields = ['type', 'nominalType', 'maxLength', 'enumLabels'];
  return typeFields.every((field) => catalog[field] === cache[field]);
}

/** What a version of PostgREST answers otherwise than earlier ones. */
export interface AnswerRules {
  unknownRelationCode: boolean;
  notAcceptable: boolean;
}

/** `difference` with what it means to clients of a PostgREST that answers by `rules`. */
export function toFinding(difference: Difference, rules: AnswerRules): Finding {
  const effect =
    (isDescribedOtherwise(difference) && descriptionEffect) ||
    (!rules.unknownRelationCode && effectWithoutCode[difference.kind]) ||
    (!rules.notAcceptable && effectIfUnsupported[difference.kind]) ||
    effects[difference.kind];
  return { ...difference, effect, remedy: "POST /schema/reload, or notify pgrst, 'reload schema'" };
}
