-- The settings of roles and of this database that PostgREST reads when it loads its configuration and its schema cache.
select
  role.rolname as role,
  settings.setdatabase <> 0 as "inDatabase",
  split_part(setting, '=', 1) as name,
  substr(setting, strpos(setting, '=') + 1) as value
from pg_catalog.pg_db_role_setting settings
cross join lateral unnest(settings.setconfig) as setting
left join pg_catalog.pg_roles role on role.oid = settings.setrole
where settings.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  and (setting like 'pgrst.%' or setting ~ '^(statement_timeout|default_transaction_read_only)=')
limit 1000
