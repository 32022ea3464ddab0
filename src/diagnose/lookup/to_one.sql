-- The foreign keys of which each row of the relation $2 of schema $1 has one row of the relation $3 at most: its own, and
-- those of $3 whose columns are unique.
select constraints.conname as name
from pg_catalog.pg_constraint constraints
join pg_catalog.pg_class here on here.relname = $2::text
join pg_catalog.pg_class there on there.relname = $3::text and there.relnamespace = here.relnamespace
join pg_catalog.pg_namespace schema on schema.oid = here.relnamespace and schema.nspname = $1::text
where constraints.contype = 'f'
  and (
    constraints.conrelid = here.oid and constraints.confrelid = there.oid
    or constraints.conrelid = there.oid
      and constraints.confrelid = here.oid
      and exists (
        select from pg_catalog.pg_constraint key
        where key.conrelid = there.oid
          and key.contype in ('p', 'u')
          and key.conkey @> constraints.conkey
          and key.conkey <@ constraints.conkey
      )
  )
order by constraints.conname
limit 5
