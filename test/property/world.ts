import type pg from 'pg';

/** What a database has at the moment, for steps to build on. All that is called `sql` can be used in a statement. */
export interface World {
  schemas: readonly string[];
  relations: readonly WorldRelation[];
  constraints: readonly WorldConstraint[];
  types: readonly { sql: string; kind: 'e' | 'd'; base: string }[];
  functions: readonly { sql: string; schema: string; name: string; result: string }[];
}

export interface WorldRelation {
  sql: string;
  schema: string;
  name: string;
  /** As in pg_class: `r` a table, `p` a partitioned one, `v` a view, `m` a materialized view. */
  kind: 'r' | 'p' | 'v' | 'm';
  isPartition: boolean;
  hasChildren: boolean;
  columns: readonly WorldColumn[];
}

export interface WorldColumn {
  name: string;
  type: string;
  isGenerated: boolean;
}

export interface WorldConstraint {
  name: string;
  /** The relation's name in SQL. */
  relation: string;
  kind: 'p' | 'u' | 'f' | 'c';
  columns: readonly WorldColumn[];
}

const ours = `nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and nspname !~ '^pg_temp'`;

const columnsOf = (where: string, order: string) => `coalesce((
  select json_agg(json_build_object(
    'name', attname, 'type', format_type(atttypid, atttypmod), 'isGenerated', attgenerated <> '' or attidentity <> ''
  ) order by ${order})
  from pg_attribute where ${where} and attnum > 0 and not attisdropped), '[]')`;

const sql = `select
  (select json_agg(nspname order by oid) from pg_namespace where ${ours}) as schemas,
  coalesce((select json_agg(json_build_object(
    'sql', format('%I.%I', nspname, relname), 'schema', nspname, 'name', relname, 'kind', relkind,
    'isPartition', relispartition, 'hasChildren', exists (select from pg_inherits where inhparent = relation.oid),
    'columns', ${columnsOf('attrelid = relation.oid', 'attnum')}
  ) order by relation.oid)
  from pg_class relation join pg_namespace schema on schema.oid = relnamespace
  where ${ours} and relkind in ('r', 'p', 'v', 'm')), '[]') as relations,
  coalesce((select json_agg(json_build_object(
    'name', conname, 'relation', format('%I.%I', nspname, relname), 'kind', contype,
    'columns', ${columnsOf('attrelid = conrelid and attnum = any (conkey)', 'array_position(conkey, attnum)')}
  ) order by constraints.oid)
  from pg_constraint constraints
  join pg_class relation on relation.oid = conrelid join pg_namespace schema on schema.oid = relnamespace
  where ${ours} and contype in ('p', 'u', 'f', 'c')), '[]') as constraints,
  coalesce((select json_agg(json_build_object(
    'sql', format('%I.%I', nspname, typname), 'kind', typtype, 'base', coalesce(format_type(nullif(typbasetype, 0), null), '')
  ) order by type.oid)
  from pg_type type join pg_namespace schema on schema.oid = typnamespace
  where ${ours} and typtype in ('e', 'd')), '[]') as types,
  coalesce((select json_agg(json_build_object(
    'sql', function.oid::regprocedure::text, 'schema', nspname, 'name', proname, 'result', format_type(prorettype, null)
  ) order by function.oid)
  from pg_proc function join pg_namespace schema on schema.oid = pronamespace
  where ${ours} and prokind = 'f'), '[]') as functions`;

/** Needs an empty search path, with which PostgreSQL qualifies all names. */
export async function readWorld(client: pg.Client): Promise<World> {
  const { rows } = await client.query<World>(sql);
  return rows[0] as World;
}
