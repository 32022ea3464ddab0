-- The columns of each unique index of the relation $2 of schema $1 that ON CONFLICT can infer by columns.
select
  array(
    select attribute.attname::text
    from unnest(index.indkey::int2[]) with ordinality as key (number, position)
    join pg_catalog.pg_attribute attribute on attribute.attrelid = index.indrelid and attribute.attnum = key.number
    where key.position <= index.indnkeyatts
    order by key.position
  ) as columns
from pg_catalog.pg_index index
join pg_catalog.pg_class relation on relation.oid = index.indrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where schema.nspname = $1::text
  and relation.relname = $2::text
  and index.indisunique
  and index.indimmediate
  and index.indpred is null
  and index.indexprs is null
order by index.indisprimary desc, index.indexrelid
limit 10
