-- The columns of the relation $2 in schema $1.
select attribute.attname as name
from pg_catalog.pg_attribute attribute
join pg_catalog.pg_class relation on relation.oid = attribute.attrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where schema.nspname = $1::text
  and relation.relname = $2::text
  and attribute.attnum > 0
  and not attribute.attisdropped
