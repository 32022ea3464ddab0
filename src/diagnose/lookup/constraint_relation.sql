-- The relations with a constraint or unique index named $1.
select distinct relation.relname as name
from pg_catalog.pg_class relation
where relation.oid in (
  select constraints.conrelid from pg_catalog.pg_constraint constraints where constraints.conname = $1::text
  union all
  select index.indrelid
  from pg_catalog.pg_index index
  join pg_catalog.pg_class own on own.oid = index.indexrelid
  where own.relname = $1::text
)
limit 10
