-- The settings `pgrst.*` that PostgREST reads: those of the role that it connects as, which its
-- session that listens tells (none where we may not see that, or several roles listen).
-- Others listen too: where a session calls itself PostgREST, only those count that do.
with listener as (
  select activity.usesysid, starts_with(activity.application_name, 'PostgREST') as is_named
  from pg_catalog.pg_stat_activity activity
  where activity.datname = pg_catalog.current_database() and activity.query ~* '^\s*listen\s'
)
select
  pg_catalog.current_database() as database,
  coalesce(
    (
      select json_agg(
        json_build_object(
          'role', role.rolname,
          'inDatabase', settings.setdatabase <> 0,
          'name', substr(split_part(setting, '=', 1), length('pgrst.') + 1),
          'value', substr(setting, strpos(setting, '=') + 1)
        )
        order by settings.setdatabase <> 0, setting
      )
      from pg_catalog.pg_db_role_setting settings
      cross join lateral unnest(settings.setconfig) as setting
      join pg_catalog.pg_roles role on role.oid = settings.setrole
      where starts_with(setting, 'pgrst.')
        and array[settings.setrole] = array(
          select distinct listener.usesysid
          from listener
          where listener.is_named or not exists (select from listener where is_named)
        )
        and settings.setdatabase in (
          0, (select database.oid from pg_catalog.pg_database database where database.datname = pg_catalog.current_database())
        )
    ),
    '[]'
  ) as settings
