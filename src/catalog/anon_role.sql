-- The role that PostgREST takes for requests without a token, where its configuration is kept in the database.
select split_part(setting, '=', 2) as role
from pg_catalog.pg_db_role_setting settings
cross join lateral unnest(settings.setconfig) as setting
where setting like 'pgrst.db\_anon\_role=%'
  and settings.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
order by settings.setdatabase desc
limit 1
