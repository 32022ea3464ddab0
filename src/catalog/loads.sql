-- What is to be seen of the loads of schema caches right now: sessions of PostgREST that are reading the system catalogs. Its
-- ordinary requests are told by the name of their first subquery. Without pg_read_all_stats nothing is seen of them.
with session as (
  select
    activity.*,
    activity.query ~* '^\s*listen\s' as is_listening,
    starts_with(activity.application_name, 'PostgREST') as is_named
  from pg_catalog.pg_stat_activity activity
  where activity.datname = current_database()
    and activity.pid <> pg_backend_pid()
    and activity.application_name is distinct from 'pgrst-ops'
),
load as (
  select
    session.pid,
    session.query ~ 'pg_db_role_setting|rolconfig|server_version' as "isConfiguration",
    -- It is at its first question, and asks it of the database as it is now: no transaction that writes has begun since,
    -- and none that had begun is still under way.
    session.query_start - session.xact_start < interval '5 ms' and age(session.backend_xmin) <= 0 as "isCurrent"
  from session
  where session.state <> 'idle'
    and session.query ~ '\mpg_[a-z]'
    and session.query !~ 'pgrst_source'
    and (session.is_named or session.usesysid in (select usesysid from session where is_listening))
)
select
  pg_catalog.pg_current_snapshot()::text as written,
  (select coalesce(json_agg(load), '[]') from load) as loads,
  (select count(*)::int from session where is_listening) as listening,
  (select count(*)::int from session where is_listening and is_named) as "namedListening",
  exists (select from session where query = '<insufficient privilege>') as "isHidden",
  -- PostgREST may be told here, and load from a standby.
  exists (
    select
    from pg_catalog.pg_stat_replication standby
    left join pg_catalog.pg_replication_slots slot on slot.active_pid = standby.pid
    where slot.slot_type is distinct from 'logical'
  ) as "hasStandby"
