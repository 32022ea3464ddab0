/** A PostgREST server that we know of. */
export interface Instance {
  /** The root of its API, without a slash at the end; it is also the instance's name. */
  url: string;
  /** The root of its admin server. */
  adminUrl?: string;
}

/** What is sent along with every request to an instance's API. */
export interface Credentials {
  jwt?: string | undefined;
  apiKey?: string | undefined;
}

export type InstanceErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'no_schema_cache'
  | 'database_unreachable'
  | 'schema_not_exposed'
  | 'openapi_disabled'
  | 'not_covered'
  | 'unauthorized'
  | 'unexpected_answer';

/** An instance did not answer as it should; the message is one sentence for whoever operates it. */
export class InstanceError extends Error {
  readonly code: InstanceErrorCode;

  constructor(code: InstanceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
