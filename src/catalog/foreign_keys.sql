-- The foreign keys that lead from the relations of the schemas $1 to any relation.
select
  schema.nspname as schema,
  relation.relname as relation,
  target_schema.nspname as target_schema,
  target.relname as target,
  pairing.columns,
  pairing.target_columns,
  exists (
    select
    from pg_catalog.pg_constraint uniqueness
    where uniqueness.conrelid = foreign_key.conrelid
      and uniqueness.contype in ('p', 'u')
      and uniqueness.conkey @> foreign_key.conkey
      and uniqueness.conkey <@ foreign_key.conkey
  ) as one_to_one
from pg_catalog.pg_constraint foreign_key
join pg_catalog.pg_class relation on relation.oid = foreign_key.conrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_class target on target.oid = foreign_key.confrelid
join pg_catalog.pg_namespace target_schema on target_schema.oid = target.relnamespace
cross join lateral (
  select
    array_agg(attribute.attname::text order by pair.position) as columns,
    array_agg(target_attribute.attname::text order by pair.position) as target_columns
  from unnest(foreign_key.conkey, foreign_key.confkey) with ordinality as pair (attnum, target_attnum, position)
  join pg_catalog.pg_attribute attribute
    on attribute.attrelid = relation.oid and attribute.attnum = pair.attnum
  join pg_catalog.pg_attribute target_attribute
    on target_attribute.attrelid = target.oid and target_attribute.attnum = pair.target_attnum
) pairing
where foreign_key.contype = 'f'
  -- A partition's copy of its parent's key.
  and foreign_key.conparentid = 0
  and schema.nspname = any ($1)
  -- A computed relationship that is named like the target takes the place of the foreign key.
  and not exists (
    select
    from pg_catalog.pg_proc routine
    join pg_catalog.pg_class result on result.reltype = routine.prorettype
    where routine.pronamespace = target.relnamespace
      and routine.proname = target.relname
      and routine.pronargs = 1
      and routine.proargtypes[0] = relation.reltype
      and result.relkind in ('r', 'p', 'v', 'm', 'f')
  )
order by foreign_key.conrelid, foreign_key.conname
