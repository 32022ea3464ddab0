-- What decides whether event triggers fire in this database, and on which channel ours notifies.
select
  pg_catalog.pg_is_in_recovery() as "isStandby",
  -- PostgreSQL 17 and later can switch them off.
  coalesce(pg_catalog.current_setting('event_triggers', true), 'on') = 'on' as "eventTriggersOn",
  (
    select substr(setting, length('pgrst.db_channel=') + 1)
    from pg_catalog.pg_db_role_setting settings
    cross join lateral unnest(settings.setconfig) as setting
    where settings.setrole = 0
      and settings.setdatabase = (select oid from pg_catalog.pg_database where datname = current_database())
      and setting like 'pgrst.db\_channel=%'
  ) as channel
