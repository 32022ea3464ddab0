-- The functions, of whatever schema, in whose text all of the names $1 stand.
select
  'function' as kind,
  schema.nspname as schema,
  routine.proname as name,
  null as "onSchema",
  null as "on",
  pg_catalog.pg_get_function_identity_arguments(routine.oid) as arguments,
  left(routine.prosrc, 20000) as text,
  '' as "searchPath",
  null as "runsAs",
  'arwd' as commands,
  routine.oid::text as id
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
join pg_catalog.pg_language language on language.oid = routine.prolang
where language.lanname not in ('internal', 'c')
  and schema.nspname !~ '^pg_'
  and schema.nspname <> 'information_schema'
  and (select bool_and(strpos(lower(routine.prosrc), lower(wanted)) > 0) from unnest($1::text[]) as wanted)
order by schema.nspname, routine.proname
limit 5
