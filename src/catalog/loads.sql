-- How many sessions of the roles that listen for notifications are reading the system catalogs right now: PostgREST
-- does while it loads its schema cache. Its ordinary requests are told by the name of their first subquery.
-- Without pg_read_all_stats nothing is seen of them.
select count(*)::int as loading
from pg_catalog.pg_stat_activity activity
where activity.datname = current_database()
  and activity.pid <> pg_backend_pid()
  and activity.application_name is distinct from 'pgrst-ops'
  and activity.state <> 'idle'
  and activity.query ~ '\mpg_[a-z]'
  and activity.query !~ 'pgrst_source'
  and activity.usesysid in (
    select listener.usesysid
    from pg_catalog.pg_stat_activity listener
    where listener.datname = current_database()
      and listener.query ~* '^\s*listen\s'
  )
