-- The primary keys of the relations of the schemas $1, their columns in the key's order.
select
  schema.nspname as schema,
  relation.relname as relation,
  array_agg(attribute.attname::text order by key.position) as columns
from pg_catalog.pg_constraint key_constraint
join pg_catalog.pg_class relation on relation.oid = key_constraint.conrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
cross join lateral unnest(key_constraint.conkey) with ordinality as key (attnum, position)
join pg_catalog.pg_attribute attribute
  on attribute.attrelid = relation.oid and attribute.attnum = key.attnum
where key_constraint.contype = 'p'
  and relation.relkind in ('r', 'p')
  and schema.nspname = any ($1)
group by schema.nspname, relation.relname
