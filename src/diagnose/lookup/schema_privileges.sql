-- Which of the roles $2 may not use the schemas $1.
select
  role.rolname as role,
  schema.nspname as schema,
  schema.nspname as name,
  'schema' as "objectType",
  false as "lacksSchema",
  array(select 'usage' where not has_schema_privilege(role.oid, schema.oid, 'usage')) as lacks
from pg_catalog.pg_namespace schema
join pg_catalog.pg_roles role on role.rolname = any ($2::text[])
where schema.nspname = any ($1::text[])
order by array_position($2::text[], role.rolname::text)
limit 200
