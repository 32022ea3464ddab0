-- The relations named $1, in whatever schema.
select
  schema.nspname as schema,
  relation.relkind in ('r', 'p', 'v', 'm', 'f') and not relation.relispartition as served,
  relation.relkind in ('v', 'm') as "isView"
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where relation.relname = $1::text
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and schema.nspname !~ '^pg_'
order by schema.nspname
limit 100
