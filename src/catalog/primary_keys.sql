-- The primary keys of all tables, their columns in the key's order: a view has the key of a table in any schema.
select
  key_constraint.conrelid as relation,
  schema.nspname as schema,
  relation.relname as table,
  pg_catalog.array_agg(attribute.attnum::int order by key.position) as numbers,
  pg_catalog.array_agg(attribute.attname::text order by key.position) as columns
from pg_catalog.pg_constraint key_constraint
join pg_catalog.pg_class relation on relation.oid = key_constraint.conrelid and relation.relkind in ('r', 'p')
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
cross join lateral pg_catalog.unnest(key_constraint.conkey) with ordinality as key (attnum, position)
join pg_catalog.pg_attribute attribute
  on attribute.attrelid = key_constraint.conrelid and attribute.attnum = key.attnum
where key_constraint.contype = 'p'
group by key_constraint.conrelid, schema.nspname, relation.relname
