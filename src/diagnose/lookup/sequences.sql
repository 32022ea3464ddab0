-- Which of the roles $3 may not use the sequences that defaults of the relation $2 of schema $1 take values from.
select
  role.rolname as role,
  sequence_schema.nspname as schema,
  sequence.relname as name,
  'sequence' as "objectType",
  not has_schema_privilege(role.oid, sequence_schema.oid, 'usage') as "lacksSchema",
  array(
    select 'usage'
    where not has_sequence_privilege(role.oid, sequence.oid, 'usage')
      and not has_sequence_privilege(role.oid, sequence.oid, 'update')
  ) as lacks
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_attrdef defaults on defaults.adrelid = relation.oid
join pg_catalog.pg_depend dependency
  on dependency.classid = 'pg_catalog.pg_attrdef'::regclass
  and dependency.objid = defaults.oid
  and dependency.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class sequence on sequence.oid = dependency.refobjid and sequence.relkind = 'S'
join pg_catalog.pg_namespace sequence_schema on sequence_schema.oid = sequence.relnamespace
join pg_catalog.pg_roles role on role.rolname = any ($3::text[])
where schema.nspname = $1::text and relation.relname = $2::text
order by sequence.relname, array_position($3::text[], role.rolname::text)
limit 100
