import type { Answer, PostgrestError, Question } from './http.js';
import type { Credentials, Instance } from './instance.js';
import { askPostgrest, headerValue, isBareNotFound, unexpected } from './question.js';
import { toldError } from './told.js';

// PostgREST plans such a request from its schema cache and then refuses it, before anything reaches the database. There are two
// locks. No handler serves this media type; but one for all types, which is somebody's function, would. The second holds then:
// PostgREST is asked to be strict about preferences, and does not know this one.
const planOnly = {
  accept: 'application/x-pgrst-ops-probe',
  prefer: 'handling=strict, pgrst-ops=plan-only',
};
const plannedCodes = ['PGRST107', 'PGRST122'];

/** What an instance's schema cache says to a request that it plans and never runs. */
export type Plan =
  /** All that the request names is cached. */
  | { isPlanned: true }
  /** As PostgREST's error is told; `code` is empty for a relation that PostgREST 12 does not know. */
  | ({ isPlanned: false } & PostgrestError);

/** Questions about what is cached, which cost the database nothing and need no privilege. All throw InstanceError. */
export interface Planner {
  /**
   * Whether a relation has all of `columns` and can embed each of `embeds` (as in `select`, such as
   * `other!constraint`). What is missing is told one at a time: PGRST200 for the first embed, PGRST204 for the first column.
   */
  relation(
    instance: Instance,
    relation: { schema: string; name: string },
    columns: readonly string[],
    embeds: readonly string[],
    signal: AbortSignal,
  ): Promise<Plan>;
  /**
   * Whether a function takes exactly these named arguments, or a whole body of this type as its only one: PGRST202 where
   * none does, PGRST203 where several do.
   */
  routine(
    instance: Instance,
    routine: { schema: string; name: string },
    takes: { argumentNames: readonly string[] } | { contentType: string },
    signal: AbortSignal,
  ): Promise<Plan>;
}

export function createPlanner(credentials: Credentials): Planner {
  return {
    async relation(instance, { schema, name }, columns, embeds, signal) {
      const query = new URLSearchParams();
      if (columns.length > 0) query.set('columns', columns.map(quoteName).join(','));
      if (embeds.length > 0) query.set('select', embeds.map((embed) => `${embed}()`).join(','));
      const answer = await askPostgrest(
        instance,
        credentials,
        {
          method: 'POST',
          path: `/${encodeURIComponent(name)}?${query}`,
          headers: {
            ...planOnly,
            'content-type': 'application/json',
            'content-profile': headerValue(schema),
          },
          body: '[]',
        },
        signal,
      );
      return toPlan(answer);
    },

    async routine(instance, { schema, name }, takes, signal) {
      const path = `/rpc/${encodeURIComponent(name)}`;
      const ask = (question: Omit<Question, 'path'>) =>
        askPostgrest(instance, credentials, { ...question, path }, signal).then(toPlan);
      const isWithout = 'argumentNames' in takes && takes.argumentNames.length === 0;
      if (isWithout) return ask({ headers: { ...planOnly, 'accept-profile': headerValue(schema) } });
      // Not in the query, where names such as `select` mean something else.
      const [contentType, body] =
        'contentType' in takes
          ? [takes.contentType, '{}']
          : ['application/json', JSON.stringify(Object.fromEntries(takes.argumentNames.map((each) => [each, null])))];
      const headers = { ...planOnly, 'content-type': contentType, 'content-profile': headerValue(schema) };
      return ask({ method: 'POST', headers, body });
    },
  };
}

/** `name` for `select` and `columns`: in double quotes, where a comma or a dot is no syntax. */
export function quoteName(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

function toPlan(answer: Answer): Plan {
  const error = toldError(answer);
  const { code } = error;
  if (plannedCodes.includes(code)) return { isPlanned: true };
  if (code === '' && !isBareNotFound(answer)) throw unexpected(answer);
  return { isPlanned: false, ...error };
}
