import { createHash, timingSafeEqual } from 'node:crypto';

/** What a token allows; each scope includes the ones before it. */
export const scopes = ['read', 'reload', 'manage'] as const;
export type Scope = (typeof scopes)[number];

/** A bearer token, kept as its hash only. */
export interface Token {
  name: string;
  scope: Scope;
  hash: Buffer;
  /** Too short to withstand guessing. */
  isWeak: boolean;
}

const weakBelow = 16;

/**
 * Parses `name:scope:token`, comma- or line-separated; the token may hold colons.
 * Throws an Error that says which entry is wrong, without any part of it: the token may stand in the wrong place.
 */
export function parseTokens(list: string): Token[] {
  const entries = list
    .split(/[,\r\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const takes = `takes name:scope:token with a scope of ${scopes.join(', ')}`;
  // A secret that was not filled in must not open the service to everybody.
  if (entries.length === 0) throw new Error(`no entry, ${takes}`);
  return entries.map((entry, index) => {
    const [, name, scope, secret] = /^([^:]+):([^:]*):([\x21-\x7e]+)$/.exec(entry) ?? [];
    if (name === undefined || secret === undefined)
      throw new Error(`entry ${index + 1} is not in three parts, the last without spaces, ${takes}`);
    if (!isScope(scope)) throw new Error(`entry ${index + 1} has an unknown scope, ${takes}`);
    return { name, scope, hash: hashOf(secret), isWeak: secret.length < weakBelow };
  });
}

/** The token that `presented` is. Compares it with all of them, in a time that tells nothing of how close it came. */
export function findToken(tokens: readonly Token[], presented: string): Token | undefined {
  const hash = hashOf(presented);
  let found: Token | undefined;
  for (const token of tokens) if (timingSafeEqual(token.hash, hash)) found = token;
  return found;
}

/** Whether `held` includes `needed`. */
export function includesScope(held: Scope, needed: Scope): boolean {
  return scopes.indexOf(held) >= scopes.indexOf(needed);
}

function isScope(value: string | undefined): value is Scope {
  return scopes.some((scope) => scope === value);
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
