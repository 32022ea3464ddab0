import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { FormatRegistry, type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { isLoopback } from './loopback.js';
import { misspelt } from './misspelt.js';
import type { Instance } from './postgrest/instance.js';
import { parseTokens, type Token } from './tokens.js';

// With two of them, part of a password would be taken for the host.
FormatRegistry.Set('database-url', (value) => /^postgres(ql)?:\/\/[^@]*(@[^@]*)?$/.test(value) && URL.canParse(value));
FormatRegistry.Set('instance-urls', (value) =>
  splitList(value).every((url) => isHttpUrl(url.replace(/^dns\+(?=http:)/, ''))),
);
FormatRegistry.Set('admin-urls', (value) => splitList(value).every(isHttpUrl));

FormatRegistry.Set('port', (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535);
FormatRegistry.Set('fixed-port', (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535);
FormatRegistry.Set('channel', (value) => Buffer.byteLength(value) <= 63);
FormatRegistry.Set(
  'interval',
  (value) => /^\d{1,5}(\.\d+)?$/.test(value) && Number(value) >= 0.1 && Number(value) <= 86_400,
);

const text = (description: string) => Type.String({ minLength: 1, description });
const formatted = (format: string, description: string) => Type.String({ format, description });
// What is sent as a header: letters, digits and signs.
const headerValue = (description: string) => Type.String({ pattern: '^[\\x21-\\x7e]+$', description });
const oneOf = <Name extends string>(...values: Name[]) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description: values.join(', ') },
  );

/** The settings by their names in the environment; `description` is what each takes. */
const Environment = Type.Object({
  DATABASE_URL: Type.Optional(formatted('database-url', 'a postgres:// URL, with %40 for an @ in the password')),
  POSTGREST_URLS: Type.Optional(
    formatted('instance-urls', 'http://, https:// or dns+http:// URLs without password and query, comma-separated'),
  ),
  POSTGREST_ADMIN_URLS: Type.Optional(
    formatted('admin-urls', 'http:// or https:// URLs without password and query, comma-separated'),
  ),
  POSTGREST_JWT: Type.Optional(headerValue('a JSON web token')),
  POSTGREST_API_KEY: Type.Optional(headerValue('an API key')),
  POSTGREST_BIN: Type.Optional(text('the path of a PostgREST binary')),
  PGRST_DB_SCHEMAS: Type.Optional(text('schema names, comma-separated')),
  PGRST_DB_EXTRA_SEARCH_PATH: Type.Optional(text('schema names, comma-separated')),
  PGRST_DB_CHANNEL: Type.Optional(formatted('channel', 'a channel name of at most 63 bytes')),
  PGRST_DB_ANON_ROLE: Type.Optional(text('a role name')),
  HOST: Type.Optional(text('an address to listen on')),
  PORT: Type.Optional(formatted('port', 'a port from 0 to 65535')),
  API_TOKENS: Type.Optional(text('name:scope:token, comma- or line-separated')),
  API_TOKENS_FILE: Type.Optional(text('the path of a file with name:scope:token lines')),
  LOG_LEVEL: Type.Optional(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')),
  SANDBOX_POSTGRES_PORT: Type.Optional(formatted('fixed-port', 'a port from 1 to 65535')),
  SANDBOX_POSTGREST_PORT: Type.Optional(formatted('fixed-port', 'a port from 1 to 65535')),
  RELOAD_MODE: Type.Optional(oneOf('direct', 'gated')),
  WATCH: Type.Optional(oneOf('off', 'verify', 'heal')),
  WATCH_INTERVAL_SECONDS: Type.Optional(formatted('interval', 'seconds from 0.1 to 86400')),
});
type Environment = Static<typeof Environment>;
type Name = keyof Environment;

const secrets = new Set<string>(['DATABASE_URL', 'POSTGREST_JWT', 'POSTGREST_API_KEY', 'API_TOKENS']);

export interface Settings {
  /** Undefined for the sandbox. */
  databaseUrl: string | undefined;
  instances: Instance[];
  jwt: string | undefined;
  apiKey: string | undefined;
  /** The exposed schemas, where they are not to be asked of PostgREST. */
  schemas: string[] | undefined;
  /** Where PostgREST follows views besides the exposed schemas, where that is known. */
  extraSearchPath: string[] | undefined;
  channel: string;
  /** Whom PostgREST takes us for; undefined where it is to be asked. */
  role: string | undefined;
  host: string;
  port: number;
  tokens: Token[];
  reloadMode: 'direct' | 'gated';
  watch: 'off' | 'verify' | 'heal';
  watchIntervalMs: number;
  logLevel: NonNullable<Environment['LOG_LEVEL']>;
  sandbox: { postgresPort: number | undefined; postgrestPort: number | undefined; postgrestBinary: string | undefined };
}

/** The settings of a service that has a database. */
export type AppSettings = Settings & { databaseUrl: string };

/** The settings cannot be used; `mistakes` has a line for each reason, without secrets. */
export class SettingsError extends Error {
  readonly mistakes: string[];

  constructor(mistakes: string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

/**
 * Reads the settings from `env`, and what is not there from the text of a `.env` file. Empty values count as not set.
 * Throws SettingsError with every mistake that there is.
 */
export function readSettings(env: NodeJS.ProcessEnv, dotenv = ''): Settings {
  const given = Object.fromEntries(
    Object.entries({ ...parseEnv(dotenv), ...env }).filter(([, value]) => value !== undefined && value !== ''),
  ) as Record<string, string>;
  const values = Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(Environment.properties, name)),
  ) as Environment;
  const mistakes = [...misspelt(given, Object.keys(Environment.properties)), ...invalid(values, given)];
  const tokens = readTokens(values, mistakes);
  const isToldOf = (name: string) => mistakes.some((line) => line.startsWith(name));
  mistakes.push(
    ...contradictions(values, tokens)
      .filter(({ about }) => !about.some(isToldOf))
      .map(({ line }) => line),
  );
  if (mistakes.length > 0) throw new SettingsError(mistakes);

  const adminUrls = splitList(values.POSTGREST_ADMIN_URLS);
  return deepFreeze({
    databaseUrl: values.DATABASE_URL,
    instances: splitList(values.POSTGREST_URLS).map((url, index) => {
      const adminUrl = adminUrls[index];
      return { url: withoutSlash(url), ...(adminUrl !== undefined && { adminUrl: withoutSlash(adminUrl) }) };
    }),
    jwt: values.POSTGREST_JWT,
    apiKey: values.POSTGREST_API_KEY,
    schemas: values.PGRST_DB_SCHEMAS === undefined ? undefined : splitList(values.PGRST_DB_SCHEMAS),
    extraSearchPath:
      values.PGRST_DB_EXTRA_SEARCH_PATH === undefined ? undefined : splitList(values.PGRST_DB_EXTRA_SEARCH_PATH),
    channel: values.PGRST_DB_CHANNEL ?? 'pgrst',
    role: values.POSTGREST_JWT === undefined ? values.PGRST_DB_ANON_ROLE : roleOf(values.POSTGREST_JWT),
    host: values.HOST ?? '127.0.0.1',
    port: toNumber(values.PORT) ?? 8080,
    tokens,
    reloadMode: values.RELOAD_MODE ?? 'direct',
    watch: values.WATCH ?? 'off',
    watchIntervalMs: (toNumber(values.WATCH_INTERVAL_SECONDS) ?? 30) * 1_000,
    logLevel: values.LOG_LEVEL ?? 'info',
    sandbox: {
      postgresPort: toNumber(values.SANDBOX_POSTGRES_PORT),
      postgrestPort: toNumber(values.SANDBOX_POSTGREST_PORT),
      postgrestBinary: values.POSTGREST_BIN,
    },
  });
}

function invalid(values: Environment, given: Record<string, string>): string[] {
  return [...Value.Errors(Environment, values)].map(({ path, schema }) => {
    const name = path.slice(1);
    return `${name}: got ${shown(name, given[name] ?? '')}, takes ${schema.description}`;
  });
}

function readTokens(values: Environment, mistakes: string[]): Token[] {
  const tokens: Token[] = [];
  const read = (name: Name, list: string) => {
    try {
      tokens.push(...parseTokens(list));
    } catch (error) {
      mistakes.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  };
  if (values.API_TOKENS !== undefined) read('API_TOKENS', values.API_TOKENS);
  if (values.API_TOKENS_FILE !== undefined) {
    try {
      read('API_TOKENS_FILE', readFileSync(values.API_TOKENS_FILE, 'utf8'));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const got = shown('API_TOKENS_FILE', values.API_TOKENS_FILE);
      mistakes.push(`API_TOKENS_FILE: got ${got}, which cannot be read (${code}), takes the path of a file`);
    }
  }
  const names = tokens.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) mistakes.push(`API_TOKENS: two tokens are called ${twice}, takes each name once`);
  const hashes = tokens.map(({ hash }) => hash.toString('hex'));
  if (new Set(hashes).size < hashes.length)
    mistakes.push('API_TOKENS: two entries have the same token, takes each once');
  return tokens;
}

interface Contradiction {
  line: string;
  /** The settings that it would be a consequence of, were there a mistake in them. */
  about: Name[];
}

function contradictions(values: Environment, tokens: Token[]): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (about: Name[], line: string) => found.push({ about, line });
  const instances = splitList(values.POSTGREST_URLS);
  const admins = splitList(values.POSTGREST_ADMIN_URLS);
  const takes = (name: Name) => `takes ${Environment.properties[name].description}`;
  if (values.DATABASE_URL !== undefined && instances.length === 0) {
    add([], `POSTGREST_URLS: not set, ${takes('POSTGREST_URLS')}, beside DATABASE_URL`);
  }
  if (values.DATABASE_URL === undefined && instances.length > 0) {
    add([], 'DATABASE_URL: not set, takes a postgres:// URL beside POSTGREST_URLS');
  }
  if (instances.some((url) => url.startsWith('dns+')) && admins.length > 0) {
    add(['POSTGREST_ADMIN_URLS'], 'POSTGREST_ADMIN_URLS: takes none beside a dns+http:// address');
  } else if (admins.length > 0 && admins.length !== instances.length) {
    const line = `POSTGREST_ADMIN_URLS: got ${admins.length}, takes one for each of the ${instances.length} in POSTGREST_URLS, in the same order`;
    add(['POSTGREST_URLS', 'POSTGREST_ADMIN_URLS'], line);
  }
  const host = values.HOST ?? '127.0.0.1';
  if (tokens.length === 0 && values.DATABASE_URL !== undefined && !isLoopback(host)) {
    const line = `HOST: got ${host}, takes a loopback address such as 127.0.0.1 as long as API_TOKENS is not set`;
    add(['API_TOKENS', 'API_TOKENS_FILE'], line);
  }
  return found;
}

/** The role that a token of PostgREST's default form names. We only read our own token: whether it holds is not for us. */
function roleOf(jwt: string): string | undefined {
  try {
    const { role } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    return typeof role === 'string' ? role : undefined;
  } catch {
    return undefined;
  }
}

function shown(name: string, value: string): string {
  // Where a path is expected, colons may well be those of a token.
  const isSecret = secrets.has(name) || (name === 'API_TOKENS_FILE' && value.includes(':'));
  return isSecret ? 'a value that is not shown here' : `"${value.replaceAll(/\/\/.*@/gs, '//...@')}"`;
}

function toNumber(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function splitList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return [username, password, search, hash].every((part) => part === '');
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const inner of Object.values(value)) if (isPlain(inner)) deepFreeze(inner);
  return Object.freeze(value);
}

// The bytes of a buffer cannot be frozen.
function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
