-- Tells PostgREST to reload its schema cache after DDL that may change what it reads, and keeps silent after other DDL.
-- When in doubt it notifies: a reload too many costs time, one too few breaks clients. See docs/trigger.md.
--
-- Safe to run again, on top of version 1, and from several sessions at once: one statement, so all or nothing, behind
-- an advisory lock. Needs a superuser, or a role that the platform lets create event triggers. Undone by the .down.sql
-- beside it; the .up.sql of version 1 goes back to that version.
--
-- Exposed schemas and channel are read where PostgREST reads its settings: pgrst.db_schemas and pgrst.db_channel of its
-- role. Where PostgREST has them from a file or its environment, set them for the database:
--   alter database <name> set pgrst.db_schemas = 'public, api'
-- Until somebody does, every schema counts as exposed.
--
-- One transaction is kept silent by: set local pgrst_ops.notify = off
do $migration$
declare
  renamed pg_catalog.name;
  caller_path pg_catalog.text := pg_catalog.current_setting('search_path');
begin
  -- First of all: what others made in the schemas of the caller's search path would run with the rights of the caller.
  set local search_path = pg_catalog, pg_temp;

  -- Twenty installers at once: create or replace function would fail with "tuple concurrently updated".
  perform pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'));

  -- A schema of its own, because PostgREST offers every function in an exposed schema as /rpc/<name>.
  create schema if not exists pgrst_ops;
  -- Event triggers of others fire at DDL, and may have set another search path.
  set local search_path = pg_catalog, pg_temp;
  if exists (
    select from pg_namespace join pg_roles on pg_roles.oid = nspowner
    where nspname = 'pgrst_ops' and rolname <> current_user and not rolsuper
  ) then
    -- Its owner may drop what is in it, and the event triggers with that.
    raise exception 'The schema pgrst_ops belongs to a role that is neither a superuser nor yours.'
      using hint = 'Look at what is in it, then: drop schema pgrst_ops cascade';
  end if;

  -- What runs our function is ours, whatever its name.
  for renamed in
    select evtname from pg_event_trigger
    where evtfoid = to_regprocedure('pgrst_ops.notify_pgrst_schema_change()')
      and evtname not in ('notify_pgrst_on_schema_change', 'notify_pgrst_on_schema_drop')
  loop
    execute format('drop event trigger %I', renamed);
  end loop;

  -- PostgREST is to load what changed while nobody was told, once this is committed. Said here, before more DDL.
  perform pg_notify(channel, 'reload schema')
  from (
    select substr(setting, 18)
    from pg_db_role_setting
    cross join unnest(setconfig) as setting
    where setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and starts_with(setting, 'pgrst.db_channel=')
    union
    select 'pgrst'
  ) as channels (channel);

  -- Runs with the rights of whoever runs the DDL: everybody may read the catalogs.
  create or replace function pgrst_ops.notify_pgrst_schema_change() returns pg_catalog.event_trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
  as $function$
declare
  objects refcursor;
  object record;
  database oid;
  settings text[];
  setting text;
  names text[];
  exposed text[];
  channels text[];
  is_exposed boolean;
  is_altered boolean;
  is_outdated boolean;
  is_gated boolean;
  partition_root regclass;
  matters boolean;
begin
  -- 'sent' by an earlier statement of this transaction (undone with its savepoint), or 'off' by its user.
  if current_setting('pgrst_ops.notify', true) in ('sent', 'off') then
    return;
  end if;

  -- A block of its own: where there is nothing to do, its savepoint is spared.
  begin
    -- Temporary objects come at high rates, and NOTIFY takes a cluster-wide lock at commit: they are left out first.
    if tg_event = 'sql_drop' then
      -- What has no schema of its own, such as a trigger, has its table's as the first of its names.
      open objects for
        select object_type, coalesce(schema_name, address_names[1]) as schema_name, objid, object_name, address_names,
          address_args
        from pg_event_trigger_dropped_objects()
        where not is_temporary and address_names[1] is distinct from 'pg_temp';
    else
      open objects for
        select object_type, schema_name, classid, objid, command_tag
        from pg_event_trigger_ddl_commands()
        where schema_name is distinct from 'pg_temp';
    end if;

    fetch objects into object;
    if not found then
      close objects;
      return;
    end if;

    -- The database's directory has its OID as name: quicker than looking it up in pg_database.
    database := split_part(pg_relation_filepath('pg_class'), '/', -2)::oid;
    for settings in
      select setconfig from pg_db_role_setting where setdatabase = 0 or setdatabase = database
    loop
      foreach setting in array settings loop
        if starts_with(setting, 'pgrst.db_schemas=') then
          names := regexp_split_to_array(btrim(substr(setting, 18), E' \t\r\n'), '[[:space:]]*,[[:space:]]*');
          exposed := nullif(exposed || array_remove(names, ''), '{}');
        elsif starts_with(setting, 'pgrst.db_channel=') then
          channels := channels || substr(setting, 18);
        end if;
      end loop;
    end loop;

    loop
      is_exposed := exposed is null or object.schema_name = any (exposed);

      if object.object_type = 'function' and is_exposed then
        matters := tg_event = 'sql_drop' or pg_get_function_result(object.objid) <> 'trigger';
      elsif tg_event = 'sql_drop' then
        is_outdated := current_setting('transaction_isolation') in ('repeatable read', 'serializable');
        matters := case
          when (is_exposed or is_outdated) and object.object_type in (
            'schema', 'table', 'view', 'materialized view', 'foreign table', 'function', 'aggregate',
            'table column', 'foreign table column', 'default value', 'table constraint'
          ) then true
          when object.object_type = 'cast' then not (
            starts_with(object.address_names[1], 'pg_temp.') or starts_with(object.address_args[1], 'pg_temp.')
          )
          -- In any schema: what may have been db-pre-config, and a computed relationship, whose parameter is a row.
          when object.object_type = 'function' and cardinality(object.address_args) = 0 then true
          when object.object_type in ('function', 'aggregate') then cardinality(object.address_args) = 1 and exists (
              select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
              where nspname = (parse_ident(object.address_args[1], false))[1]
                and relname = (parse_ident(object.address_args[1], false))[2]
            )
          -- They decide what can be written to a view; a table can always be written to.
          when object.object_type in ('trigger', 'rule') then is_outdated or exists (
              select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
              where nspname = object.address_names[1] and relname = object.address_names[2] and relkind = 'v'
            )
          -- It went with something else, such as an operator class; its table stays, perhaps under an exposed view.
          when object.object_type = 'table constraint' then tg_tag <> 'ALTER TABLE' and exists (
              select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
              where nspname = object.address_names[1] and relname = object.address_names[2]
            )
          -- An enum's labels are found by its name alone in PostgREST 12.
          when object.object_type = 'type' then is_outdated
            or exists (select from pg_type where typname = object.object_name)
          else false
        end;
      elsif object.object_type in ('index', 'policy')
        or object.command_tag in ('REFRESH MATERIALIZED VIEW', 'REINDEX', 'SECURITY LABEL') then
        matters := false;
      elsif current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
        -- There our queries see the catalogs as they were when the transaction began, without what others did since.
        matters := case
          when object.classid is not null then not exists (
              select from pg_class
              where relnamespace = pg_my_temp_schema() and oid in (
                select tgrelid from pg_trigger where oid = object.objid
                union all
                select ev_class from pg_rewrite where oid = object.objid
              )
            )
          when object.object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE') then exists (
              select from pg_proc where age(xmin) <= 0 and pronamespace <> pg_my_temp_schema()
            )
          else object.object_type = 'SCHEMA'
        end;
      else
        is_altered := tg_tag like 'ALTER %';
        -- Null: it matters as far as something that PostgREST reads depends on it.
        matters := null;
        case
          when object.object_type in (
            'table', 'view', 'materialized view', 'foreign table',
            'table column', 'view column', 'materialized view column', 'foreign table column'
          ) then
            -- PostgREST leaves partitions out: what it serves is the root.
            partition_root := pg_partition_root(object.objid);
            if is_exposed and coalesce(partition_root = object.objid, true) then
              -- ALTER TABLE often touches nothing that PostgREST reads. What this transaction wrote has age(xmin) <= 0.
              matters := not is_altered or partition_root is not null;
              if not matters then
                -- It alters inheriting tables too, sometimes them alone: those are not listed.
                matters := exists (
                  select from pg_class where oid = object.objid and (age(xmin) <= 0 or relhassubclass)
                );
              end if;
              if not matters then
                matters := exists (select from pg_attribute where attrelid = object.objid and age(xmin) <= 0);
              end if;
              if not matters then
                matters := exists (select from pg_attrdef where adrelid = object.objid and age(xmin) <= 0)
                  or exists (select from pg_foreign_table where ftrelid = object.objid and age(xmin) <= 0)
                  or exists (
                    select from pg_constraint
                    where conrelid = object.objid and contype in ('p', 'u', 'f') and age(xmin) <= 0
                  );
              end if;
            elsif partition_root is not null then
              -- An exposed table goes when it is attached, and comes back when it is detached.
              if is_altered and exists (select from pg_class where oid = object.objid and relkind = 'p') then
                matters := true;
              -- A partition can be embedded by foreign keys from or to itself alone.
              elsif is_exposed and exists (
                select from pg_depend join pg_constraint on pg_constraint.oid = pg_depend.objid
                where classid = 'pg_constraint'::regclass and refclassid = 'pg_class'::regclass
                  and refobjid = object.objid and contype = 'f' and conparentid = 0
              ) then
                matters := true;
              end if;
            end if;
          when object.object_type = 'sequence' then
            -- A default prints its name; that of an identity column does so without depending on it.
            if not exists (select from pg_class where oid = object.objid and age(xmin) <= 0) then
              matters := false;
            elsif is_altered and exists (
              select from pg_depend where (classid, objid, deptype) = (object.classid, object.objid, 'i')
            ) then
              matters := true;
            end if;
          when object.classid = 'pg_proc'::regclass then
            matters := case
              when object.object_type = 'procedure' or object.command_tag = 'COMMENT' then false
              when pg_get_function_result(object.objid) = 'trigger' then false
              else exists (
                  select from pg_proc
                  where oid = object.objid and (
                    -- A computed relationship in any schema, from a row to rows.
                    pronargs = 1
                      and exists (select from pg_type where pg_type.oid = prorettype and typrelid <> 0)
                      and exists (select from pg_type where pg_type.oid = proargtypes[0] and typrelid <> 0)
                    -- A media type handler returns a domain.
                    or prokind = 'a' and is_exposed
                      and exists (select from pg_type where pg_type.oid = prorettype and typtype = 'd')
                    -- What db-pre-config may be or call, in any schema.
                    or prokind <> 'a' and (pronargs = 0 or prosrc like '%pgrst.%')
                  )
                ) or null
            end;
          when object.classid = 'pg_type'::regclass and object.command_tag <> 'COMMENT' then
            -- A range brings functions with it. An enum's labels are found by its name alone in PostgREST 12.
            if exists (
              select from pg_type as type
              where type.oid = object.objid and (
                type.typtype = 'r' and is_exposed
                or type.typtype = 'e' and (
                  is_altered
                  or exists (select from pg_type as other where other.typname = type.typname and other.oid <> type.oid)
                )
              )
            ) then
              matters := true;
            end if;
          when object.object_type in ('trigger', 'rule') then
            matters := object.command_tag <> 'COMMENT' and exists (
              select from pg_class
              where oid in (
                  select tgrelid from pg_trigger where oid = object.objid
                  union all
                  select ev_class from pg_rewrite where oid = object.objid
                )
                and relkind = 'v'
                and relnamespace <> pg_my_temp_schema()
            );
          when object.classid = 'pg_constraint'::regclass then
            -- Foreign keys have names for clients to choose by.
            matters := is_altered and exists (select from pg_constraint where oid = object.objid and contype = 'f');
          when object.object_type = 'cast' then
            -- Data representations: implicit, by a function, from or to a domain.
            matters := object.command_tag <> 'COMMENT' and exists (
              select from pg_cast join pg_type on pg_type.oid in (castsource, casttarget)
              where pg_cast.oid = object.objid and castcontext = 'i' and castmethod = 'f' and typtype = 'd'
                and typnamespace <> pg_my_temp_schema()
            );
          when object.object_type = 'schema' then
            matters := is_altered or object.command_tag = 'CREATE SCHEMA' and (
              exposed is null
              or exists (select from pg_namespace where oid = object.objid and nspname = any (exposed))
            );
          when object.classid is null then
            -- GRANT and REVOKE, which name no object. PostgREST asks whether it may call the functions of casts, and
            -- calls db-pre-config.
            matters := case
              when object.object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE') then exists (
                  select from pg_proc
                  where age(xmin) <= 0 and pronamespace <> pg_my_temp_schema() and (
                    prosrc like '%pgrst.%'
                    or oid in (
                      select castfunc from pg_cast
                      where pg_cast.oid >= 16384 -- not PostgreSQL's own
                        and castcontext = 'i'
                    )
                  )
                )
              when object.object_type = 'SCHEMA' then exists (
                  select from pg_namespace join pg_proc on pronamespace = pg_namespace.oid
                  where age(pg_namespace.xmin) <= 0 and prosrc like '%pgrst.%'
                )
              else false
            end;
          else
            null;
        end case;

        if matters is null and (is_altered or object.command_tag = 'CREATE VIEW') then
          -- Tables, defaults, domains, parameters, casts, views and foreign servers that depend on it.
          matters := exists (
              select from pg_depend
              where refclassid = object.classid and refobjid = object.objid and deptype = 'n' and classid = any (
                '{pg_class, pg_attrdef, pg_type, pg_proc, pg_cast, pg_rewrite, pg_foreign_server}'::regclass[]
              )
            )
            -- On its type too: that of its rows, if it is a relation, and their arrays.
            or exists (
              select from pg_type as type join pg_depend on refobjid in (type.oid, type.typarray)
              where refclassid = 'pg_type'::regclass and deptype = 'n' and type.oid = case object.classid
                when 'pg_type'::regclass then object.objid
                when 'pg_class'::regclass then (select reltype from pg_class where oid = object.objid)
              end
            )
            -- Or it was moved here by this transaction, perhaps from an exposed schema.
            or is_altered
              and object.classid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_extension'::regclass)
              and not exists (
                select from pg_depend
                where classid = object.classid and objid = object.objid
                  and refclassid = 'pg_namespace'::regclass and age(xmin) > 0
              );
        end if;
      end if;

      if matters and pg_notification_queue_usage() > 0.9 then
        -- Once it is full, every transaction that has notified fails at its commit.
        raise warning 'pgrst-ops: PostgREST is not told of this change, because the notification queue is nearly full'
          using hint = 'End the session that listens and stays in a transaction, then: notify pgrst, ''reload schema''';
        exit;
      elsif matters then
        foreach setting in array coalesce(channels, '{pgrst}') loop
          -- A gatekeeper, who holds this lock alone, is told instead, and sees to it that PostgREST is. Until the
          -- transaction ends nobody can become one. Others who hold the lock or wait for it are none.
          is_gated := not pg_try_advisory_xact_lock_shared(hashtext('pgrst-ops:gate'), hashtext(setting)) and exists (
            select from pg_locks as lock join pg_stat_activity as activity using (pid)
            where lock.locktype = 'advisory' and lock.database = (select oid from pg_database where datname = current_database())
              and (lock.classid, lock.objid, lock.objsubid)
                = (hashtext('pgrst-ops:gate')::oid, hashtext(setting)::oid, 2)
              and lock.mode = 'ExclusiveLock' and lock.granted and activity.application_name = 'pgrst-ops'
          );
          -- Quicker than `perform`, which takes the executor.
          setting := concat(
            pg_notify(
              case when is_gated then 'pgrst_ops_gate' else setting end,
              case when is_gated then setting else 'reload schema' end
            ),
            set_config('pgrst_ops.notify', 'sent', true)
          );
        end loop;
        exit;
      end if;
      fetch objects into object;
      exit when not found;
    end loop;
    close objects;
  exception when others then
    -- Never fail somebody's DDL: say what to do, and notify rather once too often.
    raise warning 'pgrst-ops: the trigger that reloads PostgREST failed: %', sqlerrm
      using hint = 'See GET /trigger/status of pgrst-ops. To reload by hand: notify pgrst, ''reload schema''';
    foreach setting in array channels || '{pgrst}' loop
      exit when pg_notification_queue_usage() > 0.9;
      begin
        perform pg_notify(setting, 'reload schema');
      exception when others then
        null;
      end;
    end loop;
  end;
end
$function$;
  -- Replacing a function keeps its owner; whoever owns this one decides what runs in everybody's DDL.
  alter function pgrst_ops.notify_pgrst_schema_change() owner to current_user;

  drop event trigger if exists notify_pgrst_on_schema_change;
  create event trigger notify_pgrst_on_schema_change
    on ddl_command_end
    execute function pgrst_ops.notify_pgrst_schema_change();

  drop event trigger if exists notify_pgrst_on_schema_drop;
  create event trigger notify_pgrst_on_schema_drop
    on sql_drop
    execute function pgrst_ops.notify_pgrst_schema_change();

  -- Also under session_replication_role = replica, which pg_restore and replication tools set.
  alter event trigger notify_pgrst_on_schema_change enable always;
  alter event trigger notify_pgrst_on_schema_drop enable always;

  -- The rest of the transaction, if there is one, finds things where it did.
  perform pg_catalog.set_config('search_path', caller_path, true);
end
$migration$;
