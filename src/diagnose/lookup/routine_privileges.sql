-- Which of the roles $2 may not execute the functions named in $1, wherever they are.
select
  role.rolname as role,
  schema.nspname as schema,
  routine.proname as name,
  pg_catalog.pg_get_function_identity_arguments(routine.oid) as arguments,
  'function' as "objectType",
  not has_schema_privilege(role.oid, schema.oid, 'usage') as "lacksSchema",
  array(select 'execute' where not has_function_privilege(role.oid, routine.oid, 'execute')) as lacks
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
join pg_catalog.pg_roles role on role.rolname = any ($2::text[])
where routine.proname = any ($1::text[])
order by schema.nspname, array_position($2::text[], role.rolname::text)
limit 200
