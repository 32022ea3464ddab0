-- The functions named $1, in whatever schema, with the names of the arguments that a caller gives.
select
  schema.nspname as schema,
  pg_catalog.pg_get_function_identity_arguments(routine.oid) as arguments,
  array(
    select given.name
    from unnest(routine.proargnames, coalesce(routine.proargmodes, array_fill('i'::"char", array[routine.pronargs])))
      with ordinality as given (name, mode, position)
    where given.mode in ('i', 'b', 'v')
    order by given.position
  ) as "argumentNames",
  routine.pronargs - routine.pronargdefaults - (routine.provariadic <> 0)::int as "requiredCount",
  case
    when routine.pronargs = 1 and coalesce(routine.proargnames[1], '') = ''
      and routine.proargtypes[0]::regtype in ('json', 'jsonb', 'text', 'xml', 'bytea')
      then pg_catalog.format_type(routine.proargtypes[0], null)
  end as "bodyType"
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
where routine.proname = $1::text
  and routine.prokind = 'f'
  and routine.prorettype <> 'trigger'::regtype
  and schema.nspname !~ '^pg_'
  and schema.nspname <> 'information_schema'
order by schema.nspname, routine.oid
limit 100
