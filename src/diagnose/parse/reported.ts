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
  /** Whether the error is an object without anything in it. */
  isEmpty: boolean;
}

const maxWrappers = 5;
// Texts of PostgREST and PostgreSQL name a few things of 63 bytes; some list all that there is, as far as a body goes.
const maxTextLength = 1_000;
const maxListLength = 16_384;
const listing = new Set(['PGRST203']);
const requestFields = new Set(['method', 'path', 'profile', 'error']);

/** Finds the error in any JSON: the value itself, its `error`, or the first of a list; the request stands beside it. */
export function readReported(body: unknown): Reported {
  const found = unwrap(body, maxWrappers);
  const error = fieldsOf(found);
  const request = fieldsOf(body);
  const code = textOf(error.code);
  return {
    code,
    message: textOf(error.message, listing.has(code) ? maxListLength : maxTextLength),
    details: typeof error.details === 'string' ? textOf(error.details, maxTextLength) : error.details,
    hint: textOf(error.hint, maxListLength),
    method: textOf(request.method).toUpperCase(),
    path: textOf(request.path),
    profile: textOf(request.profile),
    isEmpty: !Array.isArray(found) && Object.keys(error).every((key) => requestFields.has(key)),
  };
}

/** `details` where they are a text. */
export function textual(details: unknown): string {
  return typeof details === 'string' ? details : '';
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
function textOf(value: unknown, maxLength?: number): string {
  if (typeof value !== 'string') return '';
  return Buffer.from(value.slice(0, maxLength), 'utf8').toString('utf8').replaceAll('\0', '\ufffd');
}

/** What stands in double quotes in `message`, such as `record "new" has no field "x"`: at most five. */
export function quotedIn(message: string): string[] {
  return [...message.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name).slice(0, 5);
}
