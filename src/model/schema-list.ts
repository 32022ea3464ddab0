/** The schemas that `list` names, which is written as PostgREST's `db-schemas` is. */
export function schemasIn(list: string): string[] {
  return list.split(',').map((schema) => schema.trim());
}
