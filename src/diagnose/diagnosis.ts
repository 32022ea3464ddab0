/** What lies behind an error. */
export type Verdict =
  | 'resolved'
  | 'stale_cache'
  | 'nobody_listens'
  | 'load_failing'
  | 'configuration_not_loaded'
  | 'schema_not_exposed'
  | 'missing_grant'
  | 'row_level_security'
  | 'misspelt'
  | 'not_in_database'
  | 'not_served'
  | 'ambiguous_relationship'
  | 'ambiguous_function'
  | 'database_unreachable'
  | 'pool_exhausted'
  | 'postgrest_unreachable'
  | 'not_about_the_schema'
  | 'unknown';

/** Something that was looked up. */
export interface Evidence {
  source: 'catalog' | 'instance' | 'listeners' | 'settings' | 'error';
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
