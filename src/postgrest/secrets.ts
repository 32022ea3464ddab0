import type { Credentials } from './instance.js';

/** A text without our secrets, for whoever is told it. */
export type Redact = (text: string) => string;

// Shorter ones stand in every other word.
const shortestSecret = 3;
const shortestPart = 8;
// An answer that quotes another one is escaped once more.
const mostEscapes = 3;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Returns what takes `credentials` out of a text, as they are or escaped, and the parts of those that are JSON web tokens. */
export function redactorFor({ jwt = '', apiKey = '' }: Credentials): Redact {
  const secrets = [jwt, apiKey]
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, ...partsOf(secret)])
    .sort((one, other) => other.length - one.length);
  const withoutSecrets: Redact = (text) => secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  if (secrets.length === 0) return withoutSecrets;
  return (text) => {
    let told = withoutSecrets(text);
    let decoded = told;
    for (let times = 0; times < mostEscapes; times++) {
      const before = withoutEscape(decoded);
      decoded = withoutSecrets(before);
      if (decoded !== before) told = decoded;
    }
    return told;
  };
}

/** What stands between the dots of a token: each tells something, and may stand alone. */
function partsOf(secret: string): string[] {
  const isToken = /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret);
  return isToken ? secret.split('.').filter((part) => part.length >= shortestPart) : [];
}

/** Takes back one escape of JSON, URLs and HTML, as far as it stands for a character that a header can have. */
function withoutEscape(text: string): string {
  return text.replaceAll(
    /\\u00([0-7][\da-f])|\\(["\\/])|%([0-7][\da-f])|&#(\d{1,3});|&#x([\da-f]{1,2});|&(amp|lt|gt|quot|apos);/gi,
    (_, inJson, plain, inUrl, decimal, hex, entity) => {
      if (plain !== undefined) return plain;
      if (entity !== undefined) return entities[entity.toLowerCase()];
      return String.fromCharCode(decimal === undefined ? Number.parseInt(inJson ?? inUrl ?? hex, 16) : Number(decimal));
    },
  );
}
