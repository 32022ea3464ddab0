-- The relations and functions of the schemas $1 that were written last, the newest first: a column or a foreign key that
-- was added counts for its relation. Most of the catalogs was written before the memory of transactions begins.
with written as (
  select relation.relnamespace as namespace, relation.relname as name, pg_catalog.age(relation.xmin) as age
  from pg_catalog.pg_class relation
  where relation.relkind in ('r', 'p', 'v', 'm', 'f') and not relation.relispartition
  union all
  select relation.relnamespace, relation.relname, pg_catalog.age(attribute.xmin)
  from pg_catalog.pg_attribute attribute
  join pg_catalog.pg_class relation on relation.oid = attribute.attrelid
  where relation.relkind in ('r', 'p', 'v', 'm', 'f')
    and not relation.relispartition
    and attribute.attnum > 0
    and not attribute.attisdropped
  union all
  select relation.relnamespace, relation.relname, pg_catalog.age(key.xmin)
  from pg_catalog.pg_constraint key
  join pg_catalog.pg_class relation on relation.oid = key.conrelid
  where key.contype = 'f' and key.conparentid = 0
  union all
  select routine.pronamespace, routine.proname, pg_catalog.age(routine.xmin)
  from pg_catalog.pg_proc routine
),
newest as (
  select schema.nspname as schema, written.name, written.age
  from written
  join pg_catalog.pg_namespace schema on schema.oid = written.namespace
  where schema.nspname = any ($1)
  order by written.age
  limit 100
)
select newest.schema, newest.name
from newest
group by newest.schema, newest.name
order by min(newest.age)
limit 4
