-- The names of the columns that functions named $2 of schema $1 return: those of their results, or of the relation or type
-- that they return; null for a scalar and for rows without names.
select
  case
    when routine.proargmodes && array['o', 'b', 't']::"char"[] then
      array(
        select given.name
        from unnest(routine.proargnames, routine.proargmodes) with ordinality as given (name, mode, position)
        where given.mode in ('o', 'b', 't')
        order by given.position
      )
    when type.typrelid <> 0 then
      array(
        select attribute.attname::text
        from pg_catalog.pg_attribute attribute
        where attribute.attrelid = type.typrelid and attribute.attnum > 0 and not attribute.attisdropped
        order by attribute.attnum
      )
  end as columns
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
join pg_catalog.pg_type type on type.oid = routine.prorettype
where schema.nspname = $1::text and routine.proname = $2::text and routine.prokind = 'f'
order by routine.oid
limit 1
