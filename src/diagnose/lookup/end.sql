-- The relation $2 of schema $1.
select relation.oid as id, schema.nspname as schema, relation.relname as name
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where schema.nspname = $1::text
  and relation.relname = $2::text
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
