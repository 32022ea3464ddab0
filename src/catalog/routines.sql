-- The functions of the schemas $1, or those of them that are named $2, that PostgREST can call.
with recursive
  -- Domains down to what they are made of.
  base_types as (
    select type.oid as declared, type.oid, type.typtype, type.typbasetype
    from pg_catalog.pg_type type
    where type.oid in (
      select routine.prorettype
      from pg_catalog.pg_proc routine
      join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
      where schema.nspname = any ($1)
    )
    union all
    select base_types.declared, base.oid, base.typtype, base.typbasetype
    from base_types
    join pg_catalog.pg_type base on base.oid = base_types.typbasetype
    where base_types.typtype = 'd'
  )
select
  schema.nspname as schema,
  routine.proname as name,
  coalesce(arguments.parameters, '[]') as parameters,
  result_schema.nspname as "returnSchema",
  coalesce(result_relation.relname, result.typname) as "returnName",
  routine.proretset as "returnsSet",
  result.typtype = 'c' or coalesce(routine.proargmodes::text[] && '{t,b,o}', false) as "returnsComposite",
  result.oid <> routine.prorettype as "returnsAlias",
  case routine.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
  routine.provariadic > 0 as "isVariadic",
  coalesce(routine.proconfig, '{}') as settings,
  description.description
from pg_catalog.pg_proc routine
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
join base_types on base_types.declared = routine.prorettype and base_types.typtype <> 'd'
join pg_catalog.pg_type result on result.oid = base_types.oid
join pg_catalog.pg_namespace result_schema on result_schema.oid = result.typnamespace
left join pg_catalog.pg_class result_relation on result_relation.oid = result.typrelid
left join pg_catalog.pg_description description
  on description.classoid = 'pg_catalog.pg_proc'::regclass and description.objoid = routine.oid
left join lateral (
  select
    json_agg(json_build_object(
      'name', coalesce(argument.name, ''),
      'type', argument.type::regtype::text,
      -- These ignore their length and take any value: PostgREST casts to what has none.
      'castType', case argument.type
        when 'bit'::regtype then 'bit varying'
        when 'bit[]'::regtype then 'bit varying[]'
        when 'character'::regtype then 'character varying'
        when 'character[]'::regtype then 'character varying[]'
        else argument.type::regtype::text
      end,
      'required', argument.position <= routine.pronargs - routine.pronargdefaults,
      'variadic', coalesce(argument.mode = 'v', false)
    ) order by argument.position) as parameters,
    -- Arguments are passed by name, but for a single one that takes the whole body.
    case count(*) - count(argument.name)
      when 0 then true
      when 1 then (array_agg(argument.type))[1] in (
        'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'xml'::regtype
      )
      else false
    end as callable
  from unnest(routine.proargnames, routine.proargtypes, routine.proargmodes)
    with ordinality as argument (name, type, mode, position)
  where argument.type is not null
) arguments on true
where routine.prokind = 'f'
  and result.oid <> 'trigger'::regtype
  and coalesce(arguments.callable, true)
  and schema.nspname = any ($1)
  and ($2::text is null or routine.proname = $2)
