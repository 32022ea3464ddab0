-- What decides whether event triggers fire in this database, what ours does there, and who may install it.
select
  pg_catalog.current_database() as database,
  pg_catalog.pg_is_in_recovery() as "isStandby",
  -- PostgreSQL 17 and later can switch them off.
  coalesce(pg_catalog.current_setting('event_triggers', true), 'on') = 'on' as "eventTriggersOn",
  pg_catalog.current_setting('max_prepared_transactions')::int as "maxPreparedTransactions",
  (
    select coalesce(
      json_agg(json_build_object(
        'role', setting_role.rolname,
        'inDatabase', settings.setdatabase <> 0,
        'name', split_part(setting, '=', 1),
        'value', substr(setting, strpos(setting, '=') + 1)
      )),
      '[]'
    )
    from pg_catalog.pg_db_role_setting settings
    cross join lateral unnest(settings.setconfig) as setting
    left join pg_catalog.pg_roles setting_role on setting_role.oid = settings.setrole
    where settings.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
      and split_part(setting, '=', 1) in ('pgrst.db_schemas', 'pgrst.db_channel', 'pgrst_ops.notify')
  ) as settings,
  current_user as role,
  (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as "isSuperuser",
  -- Supabase's extension that lets one role do some of what superusers do. The view hides what we may not see.
  (select setting from pg_catalog.pg_settings where name = 'supautils.privileged_role') as "supautilsPrivilegedRole",
  (select setting from pg_catalog.pg_settings where name = 'supautils.reserved_roles') as "supautilsReservedRoles",
  -- The roles that managed platforms give to whoever administers a database.
  (
    select coalesce(
      json_agg(json_build_object('name', rolname, 'isOurs', pg_catalog.pg_has_role(oid, 'member'))),
      '[]'
    )
    from pg_catalog.pg_roles
    where rolname in ('rds_superuser', 'neon_superuser')
  ) as "adminRoles"
