-- The casts that format or parse domains. PostgREST takes those whose function its own role may execute: its roles are
-- those of the sessions that listen, or $1 where that is known. Null where they are not known or do not agree.
with postgrest as (
  select role.oid
  from pg_catalog.pg_roles role
  where case
    when $1::text is not null then role.rolname = $1
    else role.oid in (
      select activity.usesysid
      from pg_catalog.pg_stat_activity activity
      where activity.datname = pg_catalog.current_database() and activity.query ~* '^\s*listen\s'
    )
  end
)
select
  conversion.castsource::regtype::text as source,
  conversion.casttarget::regtype::text as target,
  json_build_object('schema', function_schema.nspname, 'name', function.proname) as function,
  case
    when pg_catalog.has_function_privilege('public', conversion.castfunc, 'execute') then true
    else (
      select case when count(distinct may.execute) = 1 then pg_catalog.bool_and(may.execute) end
      from (
        select pg_catalog.has_function_privilege(postgrest.oid, conversion.castfunc, 'execute') as execute from postgrest
      ) may
    )
  end as executable
from pg_catalog.pg_cast conversion
join pg_catalog.pg_proc function on function.oid = conversion.castfunc
join pg_catalog.pg_namespace function_schema on function_schema.oid = function.pronamespace
join pg_catalog.pg_type source on source.oid = conversion.castsource
join pg_catalog.pg_type target on target.oid = conversion.casttarget
where conversion.castcontext = 'i'
  and conversion.castmethod = 'f'
  and (
    source.typtype = 'd' and target.oid in ('json'::regtype, 'text'::regtype)
    or target.typtype = 'd' and source.oid in ('json'::regtype, 'text'::regtype)
  )
