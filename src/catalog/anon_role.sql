-- The role that PostgREST takes for requests without a token, where its configuration is kept in the database: in the
-- settings of a role. It reads none of what is set for the database or for all roles.
select substr(setting, length('pgrst.db_anon_role=') + 1) as role
from pg_catalog.pg_db_role_setting settings
cross join lateral unnest(settings.setconfig) as setting
where setting like 'pgrst.db\_anon\_role=%'
  and settings.setrole <> 0
  and settings.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
order by settings.setdatabase desc, settings.setrole
limit 1
