import { qualify } from './identifier.js';

/**
 * The shape that both sides are read into: what PostgreSQL has, and what a PostgREST instance serves.
 * Relations are keyed by their qualified name (`public.organizations`).
 */
export interface Model {
  relations: ReadonlyMap<string, Relation>;
}

export type RelationKind = 'table' | 'view' | 'materialized_view' | 'foreign_table';

export interface Relation {
  schema: string;
  name: string;
  /** Unknown where the source does not tell. */
  kind?: RelationKind;
  columns: ReadonlyMap<string, Column>;
  /** Column names, in the key's order where the source tells it. */
  primaryKey: readonly string[];
  /** Keys that lead from this relation to another one. */
  foreignKeys: readonly ForeignKey[];
}

export interface Column {
  name: string;
  /** As PostgREST names it: a domain by its base type, without length. */
  type: string;
  nullable: boolean;
  /** An SQL expression from the catalog; in what the OpenAPI document shows, a JSON text. */
  default: string | null;
  comment: string | null;
}

export interface ForeignKey {
  columns: readonly string[];
  target: { schema: string; name: string; columns: readonly string[] };
  /** Each row has at most one partner: the columns are unique. Unknown where the source does not tell. */
  oneToOne?: boolean;
}

export function relationKey(relation: { schema: string; name: string }): string {
  return qualify(relation.schema, relation.name);
}
