-- What was written last to the catalogs of the schemas $1: relations (a column that was added counts for its relation),
-- foreign keys, by the table that has them, and functions; the newest first, but foreign keys after all others: the first
-- request for a relationship after a load can take PostgREST seconds. Of most rows nothing but the age is looked at, as few
-- are as young as the sixth of the youngest relations, where there are six. What was frozen long ago may seem to be of the
-- future.
with exposed as (
  select schema.oid, schema.nspname as name from pg_catalog.pg_namespace schema where schema.nspname = any ($1)
),
relation as materialized (
  select relation.oid, exposed.name as schema, relation.relname as name, pg_catalog.age(relation.xmin) as age
  from pg_catalog.pg_class relation
  join exposed on exposed.oid = relation.relnamespace
  where relation.relkind in ('r', 'p', 'v', 'm', 'f') and not relation.relispartition
),
oldest as (
  select coalesce(
    (select relation.age from relation where relation.age >= 0 order by relation.age offset 5 limit 1), 2147483647
  ) as age
),
young_column as materialized (
  select
    relation.schema,
    relation.name,
    pg_catalog.age(attribute.xmin) as age,
    attribute.attnum > 0 and not attribute.attisdropped as is_there
  from pg_catalog.pg_attribute attribute
  join relation on relation.oid = attribute.attrelid
  where pg_catalog.age(attribute.xmin) between 0 and (select oldest.age from oldest)
),
young_key as materialized (
  select
    relation.schema,
    relation.name,
    pg_catalog.age(key.xmin) as age,
    key.contype = 'f' and key.conparentid = 0 as is_foreign
  from pg_catalog.pg_constraint key
  join relation on relation.oid = key.conrelid
  where pg_catalog.age(key.xmin) between 0 and (select oldest.age from oldest)
),
young as (
  select 'relation' as kind, relation.schema, relation.name, relation.age
  from relation
  where relation.age between 0 and (select oldest.age from oldest)
  union all
  select 'relation', young_column.schema, young_column.name, young_column.age
  from young_column
  where young_column.is_there
  union all
  select 'relationship', young_key.schema, young_key.name, young_key.age
  from young_key
  where young_key.is_foreign
  union all
  select 'routine', exposed.name, routine.proname, pg_catalog.age(routine.xmin)
  from pg_catalog.pg_proc routine
  join exposed on exposed.oid = routine.pronamespace
  where pg_catalog.age(routine.xmin) between 0 and (select oldest.age from oldest)
),
-- Of what one transaction has written, which is all of the same age, some of each kind.
youngest as (
  select
    young.kind,
    young.schema,
    young.name,
    min(young.age) as age,
    row_number() over (partition by young.kind order by min(young.age)) as place
  from young
  group by young.kind, young.schema, young.name
  order by min(young.age), place, young.kind
  limit 6
)
select youngest.kind, youngest.schema, youngest.name
from youngest
order by youngest.kind = 'relationship', youngest.age, youngest.kind
