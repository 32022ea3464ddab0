-- The functions of any schema from a row of a relation, or of the relation $2, to rows of a relation: computed
-- relationships between the schemas $1.
select
  routine_schema.nspname as schema,
  routine.proname as name,
  argument_schema.nspname as "tableSchema",
  argument.relname as table,
  result_schema.nspname as "targetSchema",
  result.relname as target,
  not routine.proretset or routine.prorows = 1 as "toOne"
from pg_catalog.pg_class argument
join pg_catalog.pg_namespace argument_schema on argument_schema.oid = argument.relnamespace
join pg_catalog.pg_proc routine on routine.proargtypes[0] = argument.reltype
join pg_catalog.pg_namespace routine_schema on routine_schema.oid = routine.pronamespace
join pg_catalog.pg_class result
  on result.reltype = routine.prorettype and result.relkind in ('r', 'p', 'v', 'm', 'f')
join pg_catalog.pg_namespace result_schema on result_schema.oid = result.relnamespace
where argument.relkind in ('r', 'p', 'v', 'm', 'f')
  and routine.pronargs = 1
  and argument_schema.nspname = any ($1)
  and result_schema.nspname = any ($1)
  and ($2::oid is null or argument.oid = $2)
