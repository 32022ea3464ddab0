import type { Reported } from '../parse/reported.js';

// What well-known extensions bring, by the name of the function or type, or of their schema.
const bringing: [extension: string, names: RegExp][] = [
  ['uuid-ossp', /^uuid_(generate_v\d\w*|ns_\w+|nil)$/],
  ['pgcrypto', /^(gen_salt|crypt|digest|hmac|gen_random_bytes|armor|dearmor|pgp_\w+|(en|de)crypt(_iv)?)$/],
  ['postgis', /^(st_\w+|geometry|geography|box2d|box3d)$/],
  ['vector', /^(vector|halfvec|sparsevec|cosine_distance|l2_distance|inner_product)$/],
  ['pg_trgm', /^((strict_)?word_similarity|similarity|show_trgm)$/],
  ['unaccent', /^unaccent$/],
  ['citext', /^citext$/],
  ['hstore', /^hstore$/],
  ['ltree', /^(ltree|lquery|ltxtquery)$/],
  ['fuzzystrmatch', /^(levenshtein|soundex|metaphone|dmetaphone|difference)$/],
  ['earthdistance', /^(earth_distance|earth_box|ll_to_earth)$/],
  ['tablefunc', /^(crosstab\d?|connectby|normal_rand)$/],
  ['pg_net', /^net$/],
  ['pg_cron', /^cron$/],
];

/** The extension that brings the function, type or schema which PostgreSQL does not find. */
export function extensionIn({ code, message }: Reported): string | undefined {
  if (!/^(42883|42704|3F000)$/.test(code)) return undefined;
  const found = /^(?:function ([^.(]+)\(|(?:type|schema) "([^."]+?)(?:\[\])?")/s.exec(message);
  const name = found?.[1] ?? found?.[2];
  return name === undefined ? undefined : bringing.find(([, names]) => names.test(name))?.[0];
}
