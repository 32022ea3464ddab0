-- One text for all that PostgREST's configuration in the database is made of: the settings of its roles $1 and of the
-- roles that these may become, and the functions that may be, or be called by, its db-pre-config. Null for $1: of all roles.
with postgrest as (
  select role.oid from pg_catalog.pg_roles role where role.rolname = any ($1)
),
part (what) as (
  select pg_catalog.concat_ws(' ', 'setting', settings.setrole, settings.setdatabase <> 0, settings.setconfig::text)
  from pg_catalog.pg_db_role_setting settings
  where settings.setrole <> 0
    and settings.setdatabase in (
      0, (select database.oid from pg_catalog.pg_database database where database.datname = pg_catalog.current_database())
    )
    and (
      $1::text[] is null
      or settings.setrole in (select oid from postgrest)
      or settings.setrole in (
        select membership.roleid
        from pg_catalog.pg_auth_members membership
        where membership.member in (select oid from postgrest)
      )
    )
  union all
  select pg_catalog.concat_ws(
    ' ', 'function', schema.nspname, function.proname, function.proargtypes, function.prosrc, function.proconfig::text,
    case
      when $1::text[] is null then pg_catalog.concat(function.proacl::text, schema.nspacl::text)
      else (
        select pg_catalog.string_agg(
          pg_catalog.concat(
            pg_catalog.has_function_privilege(postgrest.oid, function.oid, 'execute'),
            pg_catalog.has_schema_privilege(postgrest.oid, schema.oid, 'usage')
          ),
          ' ' order by postgrest.oid
        )
        from postgrest
      )
    end
  )
  from pg_catalog.pg_proc function
  join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
  where function.oid >= 16384 -- not PostgreSQL's own
    and schema.nspname <> 'pgrst_ops'
    and function.prosrc like '%pgrst.%'
)
select coalesce(pg_catalog.md5(pg_catalog.string_agg(part.what, E'\n' order by part.what collate "C")), '') as fingerprint
from part
