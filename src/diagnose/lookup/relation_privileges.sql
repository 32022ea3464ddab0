-- What each of the roles $2 may not do with the relations and sequences named in $1, wherever they are.
select
  role.rolname as role,
  schema.nspname as schema,
  relation.relname as name,
  case when relation.relkind = 'S' then 'sequence' else 'table' end as "objectType",
  not has_schema_privilege(role.oid, schema.oid, 'usage') as "lacksSchema",
  case
    when relation.relkind = 'S' then
      array(select 'usage' where not has_sequence_privilege(role.oid, relation.oid, 'usage'))
    else
      array(
        select privilege
        from unnest(array['select', 'insert', 'update', 'delete']) as privilege
        where not has_table_privilege(role.oid, relation.oid, privilege)
      )
  end as lacks,
  case
    when relation.relkind <> 'S' and not has_table_privilege(role.oid, relation.oid, 'select') then
      array(
        select attribute.attname::text
        from pg_catalog.pg_attribute attribute
        where attribute.attrelid = relation.oid
          and attribute.attnum > 0
          and not attribute.attisdropped
          and has_column_privilege(role.oid, relation.oid, attribute.attnum, 'select')
        order by attribute.attnum
      )
  end as columns
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_roles role on role.rolname = any ($2::text[])
where relation.relname = any ($1::text[])
  and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
order by schema.nspname, array_position($2::text[], role.rolname::text)
limit 200
