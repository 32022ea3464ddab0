-- Whose sessions have the process ids $1: every role may see that.
select
  activity.pid,
  activity.usename as role,
  activity.application_name as "applicationName"
from pg_catalog.pg_stat_activity activity
where activity.pid = any ($1::int[])
