import type { Facts } from '../facts.js';

/** What an error says of the cache that made it, where the catalog says otherwise. */
export interface Contradiction {
  text: string;
  /** Whether the caches were seen to agree with the catalog by now; undefined where that could not be seen. */
  isOver: boolean | undefined;
}

export const ofBefore = 'the schema cache of PostgREST has what was there before';

/** Whether the whole schema cache of every instance was compared. */
export function isWhole({ agreement, instances }: Facts): boolean {
  const seen = new Set(agreement?.instances.filter(({ source }) => source === 'schema_cache').map(({ url }) => url));
  return instances.length > 0 && instances.every(({ url }) => seen.has(url));
}
