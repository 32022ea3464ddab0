-- The foreign keys of all tables, or those from and to the table $1: views in exposed schemas have those of the tables
-- under them, in any schema.
select
  foreign_key.conname as name,
  foreign_key.conrelid as relation,
  schema.nspname as schema,
  relation.relname as table,
  foreign_key.confrelid as "targetRelation",
  target_schema.nspname as "targetSchema",
  target.relname as "targetTable",
  pairing.numbers,
  pairing.columns,
  pairing.target_numbers as "targetNumbers",
  pairing.target_columns as "targetColumns",
  -- PostgREST calls it one-to-one if a key has the same columns.
  uniqueness.exists as "oneToOne",
  -- Before 12.2.3 only if the foreign key names each once in the table's order.
  uniqueness.in_order as "oneToOneInOrder"
from pg_catalog.pg_constraint foreign_key
join pg_catalog.pg_class relation on relation.oid = foreign_key.conrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_class target on target.oid = foreign_key.confrelid
join pg_catalog.pg_namespace target_schema on target_schema.oid = target.relnamespace
cross join lateral (
  select
    pg_catalog.array_agg(pair.attnum::int order by pair.position) as numbers,
    pg_catalog.array_agg(own.attname::text order by pair.position) as columns,
    pg_catalog.array_agg(pair.target_attnum::int order by pair.position) as target_numbers,
    pg_catalog.array_agg(other.attname::text order by pair.position) as target_columns
  from unnest(foreign_key.conkey, foreign_key.confkey)
    with ordinality as pair (attnum, target_attnum, position)
  join pg_catalog.pg_attribute own on own.attrelid = foreign_key.conrelid and own.attnum = pair.attnum
  join pg_catalog.pg_attribute other on other.attrelid = foreign_key.confrelid and other.attnum = pair.target_attnum
) pairing
cross join lateral (
  select
    count(*) > 0 as exists,
    coalesce(pg_catalog.bool_or(foreign_key.conkey = sorted.columns), false) as in_order
  from pg_catalog.pg_constraint uniqueness
  cross join lateral (
    select array(select number from pg_catalog.unnest(uniqueness.conkey) as number order by number) as columns
  ) sorted
  where uniqueness.conrelid = foreign_key.conrelid
    and uniqueness.contype in ('p', 'u')
    and sorted.columns = array(select number from pg_catalog.unnest(foreign_key.conkey) as number order by number)
) uniqueness
where foreign_key.contype = 'f'
  -- A partition's copy of its parent's key.
  and foreign_key.conparentid = 0
  and ($1::oid is null or $1 in (foreign_key.conrelid, foreign_key.confrelid))
order by foreign_key.conrelid, foreign_key.conname
