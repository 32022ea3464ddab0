import { Type } from '@sinclair/typebox';

/** An error, as RFC 9457 has it. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A stable URI for the kind of problem' }),
    title: Type.String({ description: 'The kind of problem, in words' }),
    status: Type.Integer({ description: 'The HTTP status code' }),
    detail: Type.String({ description: 'What was wrong this time' }),
    code: Type.String({ description: 'A stable name for the kind of problem' }),
    requestId: Type.String({ description: 'Stands in the log too' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'Where: `body.wait`, `querystring.schema`' }),
          message: Type.String({ description: 'What it takes' }),
        }),
        { description: 'Each field that was not accepted' },
      ),
    ),
    sql: Type.Optional(Type.String({ description: 'What a role with the privilege can run instead' })),
  },
  { $id: 'Problem', title: 'Problem', description: 'An error (RFC 9457)' },
);

interface ProblemKind {
  status: number;
  title: string;
}

/** Every kind of problem, by its code. */
export const problemKinds = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid token is required' },
  insufficient_scope: { status: 403, title: 'The token does not have the scope' },
  foreign_origin: { status: 403, title: 'Without tokens only this machine may call' },
  insufficient_privilege: { status: 403, title: 'The database role may not do this' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  database_is_standby: { status: 409, title: 'The database is a standby' },
  nobody_listens: { status: 409, title: 'Nobody listens on the channel' },
  migration_refused: { status: 409, title: 'PostgreSQL did not run the SQL' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, title: 'The body has to be JSON' },
  unknown_schema: { status: 422, title: 'The schema is not exposed' },
  unknown_object: { status: 422, title: 'There is no such object' },
  unknown_instance: { status: 422, title: 'There is no such instance' },
  too_many_requests: { status: 429, title: 'Too many failed attempts' },
  headers_too_large: { status: 431, title: 'The URL and headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  load_failed: { status: 502, title: 'An instance cannot load the schema cache' },
  database_unavailable: { status: 503, title: 'The database cannot be used' },
  database_timeout: { status: 503, title: 'The database took too long' },
  no_instance_readable: { status: 503, title: 'No PostgREST instance could be read' },
  shutting_down: { status: 503, title: 'The service is shutting down' },
  deadline_passed: { status: 504, title: 'Not every instance was fresh in time' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
export const problemMediaType = 'application/problem+json';

/** The stable URI of a kind of problem. */
export const problemType = (code: ProblemCode) => `urn:pgrst-ops:problem:${code.replaceAll('_', '-')}`;
