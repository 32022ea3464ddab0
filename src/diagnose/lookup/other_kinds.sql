-- What there is under the name $2 in schema $1 that is no function which a request can call, nor a relation that it can
-- read: of either the kind, in words.
select
  case
    when routine.prokind = 'p' then 'procedure'
    when routine.prokind = 'a' then 'aggregate'
    when routine.prokind = 'w' then 'window function'
    when routine.prorettype in ('trigger'::regtype, 'event_trigger'::regtype) then 'trigger function'
    when routine.prokind = 'f' and routine.pronargs > 0 and coalesce(array_position(routine.proargnames, ''), 0) > 0
      or routine.prokind = 'f' and routine.pronargs > 0 and routine.proargnames is null
      then 'function with unnamed parameters'
    else 'function'
  end as kind,
  pg_catalog.pg_get_function_identity_arguments(routine.oid) as arguments
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
where schema.nspname = $1::text and routine.proname = $2::text
union all
select
  case relation.relkind
    when 'S' then 'sequence'
    when 'c' then 'type'
    when 'i' then 'index'
    when 'I' then 'index'
    else case when relation.relispartition then 'partition' else 'relation' end
  end,
  null
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where schema.nspname = $1::text and relation.relname = $2::text
limit 20
