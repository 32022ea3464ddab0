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
  /** Of an answer that is not PostgREST's own. */
  readonly status: number | undefined;

  constructor(code: InstanceErrorCode, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// A request too slow, and too many of them: the next one may be answered.
const passing = new Set([408, 429]);

/** Whether something refused this question for good, which says nothing of others. */
export function isRefusal(error: unknown): error is InstanceError {
  if (!(error instanceof InstanceError) || error.status === undefined) return false;
  return error.status >= 400 && error.status < 500 && !passing.has(error.status);
}
