-- The functions of users that are called by name: $1 are schemas, $2 names, and a null schema stands for each that a
-- search path may hold without a stranger's doing. Code longer than $3 bytes is null, and so is what exceeds $4 in all.
-- Of each name there are at most $5, of all $6.
with plausible as materialized (
  select schema.oid
  from pg_catalog.pg_namespace schema
  join pg_catalog.pg_roles owner on owner.oid = schema.nspowner
  where schema.nspname = 'public'
    or owner.rolsuper
    or owner.rolname = 'pg_database_owner'
    or owner.oid = (select datdba from pg_catalog.pg_database where datname = current_database())
    or exists (
      select
      from pg_catalog.pg_event_trigger event_trigger
      join pg_catalog.pg_proc runs on runs.oid = event_trigger.evtfoid
      where owner.oid = event_trigger.evtowner or owner.oid = runs.proowner
    )
), reachable as (
  select distinct function.oid, function.proname
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_proc function on function.proname = wanted.name
  join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
  where function.oid >= 16384 -- not PostgreSQL's own
    and function.prokind in ('f', 'p')
    and case
      when wanted.schema is not null then schema.nspname = wanted.schema
      else schema.oid in (select oid from plausible) and not exists (
        select
        from pg_catalog.pg_proc builtin
        join pg_catalog.pg_namespace builtin_schema on builtin_schema.oid = builtin.pronamespace
        where builtin.proname = function.proname and builtin_schema.nspname = 'pg_catalog'
      )
    end
), called as materialized (
  select oid
  from (select oid, row_number() over (partition by proname order by oid) as ordinal from reachable) numbered
  where ordinal <= $5
  limit $6
), read as (
  select
    schema.nspname as schema,
    function.proname as name,
    language.lanname as language,
    coalesce(
      (
        select array_agg(pg_catalog.substr(setting, 1, 4000))
        from unnest(function.proconfig) as setting
        where setting like 'search_path=%'
      ),
      '{}'
    ) as settings,
    schema.oid in (select oid from plausible) as "isPlausible",
    schema.nspname = owner.rolname as "isOfUser",
    exists (
      select
      from pg_catalog.pg_proc builtin
      join pg_catalog.pg_namespace builtin_schema on builtin_schema.oid = builtin.pronamespace
      where builtin.proname = function.proname and builtin_schema.nspname = 'pg_catalog'
    ) as "isBuiltin",
    function.oid,
    -- A body in standard SQL is kept parsed. PostgreSQL 14 and later have such.
    coalesce(nullif(function.prosrc, ''), pg_catalog.pg_get_function_sqlbody(function.oid), '') as source
  from called
  join pg_catalog.pg_proc function on function.oid = called.oid
  join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
  join pg_catalog.pg_roles owner on owner.oid = schema.nspowner
  join pg_catalog.pg_language language on language.oid = function.prolang
)
select
  oid,
  schema,
  name,
  language,
  settings,
  "isPlausible",
  "isOfUser",
  "isBuiltin",
  case
    when octet_length(source) <= $3
      and sum(least(octet_length(source), $3)) over (order by schema, name, oid) <= $4
      then source
  end as source
from read
order by schema, name, oid
