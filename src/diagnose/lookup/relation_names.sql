-- The relations of schema $1 whose names are about as long as $2.
select relation.relname as name
from pg_catalog.pg_class relation
where relation.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1::text)
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and not relation.relispartition
  and abs(length(relation.relname::text) - length($2::text)) <= 3
limit 20000
