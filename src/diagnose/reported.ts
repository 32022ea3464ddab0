/** An error as a client got it, and what it knows of its request; a text is empty where there is none. */
export interface Reported {
  code: string;
  message: string;
  /** A text, or what PostgREST puts there instead. */
  details: unknown;
  hint: string;
  method: string;
  path: string;
  /** The schema asked for with Accept-Profile or Content-Profile. */
  profile: string;
}

const maxWrappers = 5;

/** Finds the error in any JSON: the value itself, its `error`, or the first of a list; the request stands beside it. */
export function readReported(body: unknown): Reported {
  const error = fieldsOf(unwrap(body, maxWrappers));
  const request = fieldsOf(body);
  return {
    code: textOf(error.code),
    message: textOf(error.message),
    details: typeof error.details === 'string' ? textOf(error.details) : error.details,
    hint: textOf(error.hint),
    method: textOf(request.method).toUpperCase(),
    path: textOf(request.path),
    profile: textOf(request.profile),
  };
}

function unwrap(value: unknown, levels: number): unknown {
  const inner = Array.isArray(value) ? value[0] : fieldsOf(value).error;
  const { code, message } = fieldsOf(value);
  const isError = typeof code === 'string' || typeof message === 'string';
  return isError || levels === 0 || typeof inner !== 'object' ? value : unwrap(inner, levels - 1);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A text that can be sent to PostgreSQL and in a URL, which take neither zero bytes nor halves of a surrogate pair. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'utf8').toString('utf8').replaceAll('\0', '\ufffd') : '';
}
