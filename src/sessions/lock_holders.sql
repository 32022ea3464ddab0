-- Who holds, or waits for, the advisory lock ($1, $2) alone.
select
  lock.pid,
  activity.application_name is not distinct from 'pgrst-ops' as "isOurs"
from pg_catalog.pg_locks lock
left join pg_catalog.pg_stat_activity activity on activity.pid = lock.pid
where lock.locktype = 'advisory'
  and lock.database = (
    select database.oid from pg_catalog.pg_database database where database.datname = pg_catalog.current_database()
  )
  and lock.classid = pg_catalog.hashtext($1)::oid
  and lock.objid = pg_catalog.hashtext($2)::oid
  and lock.objsubid = 2
  and lock.mode = 'ExclusiveLock'
