-- The roles that PostgREST's sessions log in as, and how many sessions of each there are; a role that holds settings
-- of PostgREST counts too. A listener need not call itself PostgREST.
select role.rolname as role, role.rolconnlimit as "connectionLimit", count(activity.pid)::int as sessions
from pg_catalog.pg_roles role
left join pg_catalog.pg_stat_activity activity
  on activity.usesysid = role.oid
  and activity.datname = current_database()
  and (activity.application_name like 'PostgREST%' or activity.query ~* '^\s*listen\s')
where activity.pid is not null
  or exists (
    select
    from pg_catalog.pg_db_role_setting settings
    cross join lateral unnest(settings.setconfig) as setting
    where settings.setrole = role.oid and setting like 'pgrst.%'
  )
group by role.rolname, role.rolconnlimit
order by role.rolname
limit 20
