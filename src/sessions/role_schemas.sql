-- The lists of schemas that the settings of the roles $1 expose: of each role one, that for this database where it has both.
select distinct on (settings.setrole) substr(setting, strpos(setting, '=') + 1) as list
from pg_catalog.pg_db_role_setting settings
cross join lateral unnest(settings.setconfig) as setting
join pg_catalog.pg_roles role on role.oid = settings.setrole
where role.rolname = any ($1)
  and starts_with(setting, 'pgrst.db_schemas=')
  and settings.setdatabase in (
    0, (select database.oid from pg_catalog.pg_database database where database.datname = pg_catalog.current_database())
  )
order by settings.setrole, settings.setdatabase <> 0 desc
