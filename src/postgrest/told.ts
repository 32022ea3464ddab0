import { type Answer, type PostgrestError, parseError } from './http.js';

/** The error of an answer for whoever is told of it: decoded, and without our secrets. */
export function toldError({ body, redact }: Answer): PostgrestError {
  const { code, message, details, hint } = parseError(body);
  return { code: redact(code), message: redact(message), details: redact(details), hint: redact(hint) };
}

/** What came back, its status and how it begins, on one line of bounded length and without our secrets. */
export function said(answer: Answer): string {
  const { code, message } = toldError(answer);
  // Redacted before it is cut: of a secret that is cut the beginning would be left.
  const whole = code === '' ? answer.redact(answer.body) : `${code} ${message}`;
  const text = whole.slice(0, 1_000).replaceAll(/\s+/g, ' ').trim();
  return text === '' ? `status ${answer.status}` : `status ${answer.status}, ${text.slice(0, 200)}`;
}
