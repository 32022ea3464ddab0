-- About how many columns the relations of the schemas $1 have, those that were dropped included.
select coalesce(sum(relation.relnatts), 0)::int as columns
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and not relation.relispartition
  and schema.nspname = any ($1)
