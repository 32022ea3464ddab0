-- What produces media types in the schemas $1: aggregates over a relation or anything, and functions, that return a
-- domain named like one.
with
  media_types as (
    select
      type.oid,
      lower(type.typname) as name,
      type.typname as "domainName",
      schema.nspname as "domainSchema",
      case type.typname when '*/*' then 'application/octet-stream' else type.typname end as resolved
    from pg_catalog.pg_type type
    join pg_catalog.pg_namespace schema on schema.oid = type.typnamespace
    where type.typbasetype <> 0
      and (type.typname ~* '^[A-Za-z0-9.-]+/[A-Za-z0-9.\+-]+$' or type.typname = '*/*')
  )
select
  routine_schema.nspname as "handlerSchema",
  routine.proname as "handlerName",
  argument_schema.nspname as "targetSchema",
  argument.typname as "targetName",
  argument.oid = 'anyelement'::regtype as "isAny",
  media_types.name as "mediaType",
  media_types.resolved as "resolvedMediaType"
from media_types
join pg_catalog.pg_proc routine on routine.prorettype = media_types.oid and routine.prokind = 'a' and routine.pronargs = 1
join pg_catalog.pg_namespace routine_schema on routine_schema.oid = routine.pronamespace
join pg_catalog.pg_type argument on argument.oid = routine.proargtypes[0]
join pg_catalog.pg_namespace argument_schema on argument_schema.oid = argument.typnamespace
where routine_schema.nspname = any ($1)
  and (
    argument.oid = 'anyelement'::regtype
    or exists (
      select
      from pg_catalog.pg_class relation
      where relation.reltype = argument.oid and relation.relkind in ('r', 'p', 'v', 'm', 'f')
    )
  )
union all
select
  media_types."domainSchema",
  media_types.name,
  routine_schema.nspname,
  routine.proname,
  false,
  media_types.name,
  media_types.resolved
from media_types
join pg_catalog.pg_proc routine
  on routine.prorettype = media_types.oid and routine.prokind = 'f' and not routine.proretset
join pg_catalog.pg_namespace routine_schema on routine_schema.oid = routine.pronamespace
where routine_schema.nspname = any ($1)
