-- How often anything was written to the catalogs that PostgREST reads, its configuration included. A session reports what it
-- wrote at once when it ends, else after 1 s, if it is idle after 10 s.
select coalesce(pg_catalog.sum(stat.n_tup_ins + stat.n_tup_upd + stat.n_tup_del), 0)::text as writes
from pg_catalog.pg_stat_sys_tables stat
where stat.schemaname = 'pg_catalog'
  and stat.relname = any (
    '{pg_aggregate, pg_attrdef, pg_attribute, pg_auth_members, pg_authid, pg_cast, pg_class, pg_collation, pg_constraint,
      pg_db_role_setting, pg_depend, pg_description, pg_enum, pg_event_trigger, pg_foreign_data_wrapper,
      pg_foreign_server, pg_foreign_table, pg_inherits, pg_language, pg_namespace, pg_proc, pg_range, pg_rewrite,
      pg_sequence, pg_trigger, pg_type}'
  )
