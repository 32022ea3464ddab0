-- What is to be seen of the loads of schema caches right now: sessions of PostgREST that are reading the system catalogs. Its
-- ordinary requests are told by the name of their first subquery. Without pg_read_all_stats nothing is seen of them.
-- $1 is the channel that they listen on. Asked often: the views of these functions, with all that they join, take more than
-- twice as long to plan.
with session as (
  select
    activity.*,
    coalesce(replace(listen[1], '""', '"'), lower(listen[2])) = $1 as is_listening,
    starts_with(activity.application_name, 'PostgREST') as is_named
  from pg_catalog.pg_stat_get_activity(null) activity
  left join lateral regexp_match(activity.query, '^\s*listen\s+(?:"((?:[^"]|"")+)"|([^\s;"]+))', 'i') as listen on true
  where activity.datid = (
      select database.oid from pg_catalog.pg_database database where database.datname = current_database()
    )
    and activity.pid <> pg_backend_pid()
    and activity.application_name is distinct from 'pgrst-ops'
    -- A parallel worker shows what its leader asks.
    and activity.leader_pid is null
),
question as (
  select
    session.*,
    -- The first one of a load.
    session.query ~* '\mcolumns\s+as\s+\(' as is_of_tables,
    -- Those which nothing else asks: all but the one for functions.
    session.query ~* '\mcolumns\s+as\s+\(|\mpks_|\mall_relations\M|\mpg_cast\M|\mpg_timezone_names\M' as is_of_cache,
    session.query ~ 'pg_db_role_setting|rolconfig' as is_of_configuration,
    -- Of an OpenAPI document: it asks for functions as a load does, and before and after that for these.
    session.query ~ 'pg_has_role' or session.query ~ '^\s*select\s+description\s+from\s+pg_namespace' as is_of_document
  from session
  where session.state <> 'idle'
    and session.query ~ '\mpg_[a-z]'
    and session.query !~ 'pgrst_source'
    and (
      session.is_named
      or (session.usesysid, session.application_name) in (select usesysid, application_name from session where is_listening)
    )
),
load as (
  select
    pg_catalog.concat(question.pid, ' ', question.xact_start) as id,
    extract(epoch from question.xact_start) * 1000 as "begunAt",
    question.is_of_cache as "isOfCache",
    -- It has not begun to load, or asks its first question of the database as it is now: no transaction that writes has
    -- begun since, and none that had begun is still under way.
    question.is_of_configuration
      or question.is_of_tables and coalesce(age(question.backend_xmin) <= 0, false) as "isCurrent"
  from question
  where question.is_of_cache or not question.is_of_document
)
select
  pg_catalog.pg_current_snapshot()::text as written,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as at,
  (select coalesce(json_agg(load), '[]') from load) as loads,
  (select count(*)::int from session where is_listening) as listening,
  (select count(*)::int from session where is_listening and is_named) as "namedListening",
  exists (select from session where query = '<insufficient privilege>') as "isHidden",
  -- PostgREST may be told here, and load from a standby.
  exists (
    select
    from pg_catalog.pg_stat_get_wal_senders() standby
    left join pg_catalog.pg_get_replication_slots() slot on slot.active_pid = standby.pid
    where slot.slot_type is distinct from 'logical'
  ) as "hasStandby"
