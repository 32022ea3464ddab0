/** What may lie behind an error. */
export const verdicts = [
  'resolved',
  'stale_cache',
  'nobody_listens',
  'load_failing',
  'configuration_not_loaded',
  'misconfigured',
  'schema_not_exposed',
  'missing_grant',
  'row_level_security',
  'misspelt',
  'not_in_database',
  'not_served',
  'ambiguous_relationship',
  'ambiguous_function',
  'in_user_code',
  'database_unreachable',
  'pool_exhausted',
  'postgrest_unreachable',
  'not_about_the_schema',
  'unknown',
] as const;

export type Verdict = (typeof verdicts)[number];

/** Where something was looked up. */
export const evidenceSources = ['error', 'catalog', 'instance', 'settings', 'listeners'] as const;

/** Something that was looked up. */
export interface Evidence {
  source: (typeof evidenceSources)[number];
  /** The address, where it is about one instance. */
  instance?: string;
  found: string;
}

export interface Remedy {
  action: string;
  sql?: string;
}

/** What is concluded from the facts. */
export interface Judgement {
  verdict: Verdict;
  explanation: string;
  remedy: Remedy;
  suggestions?: string[];
}

/** A judgement with what it rests on. */
export interface Diagnosis extends Judgement {
  /** The code of the error that was found in the body; null for none. */
  code: string | null;
  evidence: Evidence[];
}
