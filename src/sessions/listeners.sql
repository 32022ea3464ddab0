-- The other sessions of this database: what each asked last is where a LISTEN shows.
-- Without pg_read_all_stats the queries of other roles read '<insufficient privilege>'.
select
  activity.pid,
  activity.usename as role,
  activity.application_name as "applicationName",
  host(activity.client_addr) as "clientAddress",
  activity.backend_start as "connectedAt",
  activity.query
from pg_catalog.pg_stat_activity activity
where activity.datname = current_database()
  and activity.pid <> pg_backend_pid()
  and (activity.query ~* '^\s*listen\s' or activity.query = '<insufficient privilege>')
order by activity.pid
