/** The schemas that `list` names, which is written as PostgREST's `db-schemas` is. */
export function schemasIn(list: string): string[] {
  return list.split(',').map((schema) => schema.trim());
}

/** What Supabase sets `db-schemas` to where its Data API is switched off. No such schema can be created. */
export const noSchema = 'pg_pgrst_no_exposed_schemas';
