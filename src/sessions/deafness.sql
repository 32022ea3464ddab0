-- What keeps notifications from PostgREST: a standby, where LISTEN does not work, and how many sessions of PostgREST there
-- are in this database that do not listen: those of its pool of connections.
select
  pg_catalog.pg_is_in_recovery() as "isStandby",
  (
    select count(*)::int
    from pg_catalog.pg_stat_activity activity
    where activity.datname = pg_catalog.current_database()
      and activity.application_name ~ '^PostgREST'
      and activity.query !~* '^\s*listen\s'
  ) as "otherSessions"
