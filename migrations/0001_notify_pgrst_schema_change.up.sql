-- Tells PostgREST to reload its schema cache after every DDL statement, except those that touch temporary objects only.
--
-- Safe to run again and from several sessions at once: one statement, so all or nothing, behind an advisory lock.
-- Needs a superuser, or a role that the platform lets create event triggers. Undone by the .down.sql beside it.
--
-- The channel is PostgREST's `pgrst`; for another one: alter database <name> set pgrst.db_channel = '<channel>'.
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
  perform pg_notify(coalesce(nullif(current_setting('pgrst.db_channel', true), ''), 'pgrst'), 'reload schema');

  create or replace function pgrst_ops.notify_pgrst_schema_change() returns pg_catalog.event_trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
  as $function$
declare
  touches_permanent_object boolean;
begin
  -- A trigger, policy or rule has no schema: the first name of its address is its table's.
  if tg_event = 'sql_drop' then
    touches_permanent_object := exists (
      select from pg_event_trigger_dropped_objects() as dropped
      where dropped.original
        and not dropped.is_temporary
        and dropped.address_names[1] is distinct from 'pg_temp'
    );
  else
    -- A statement that only drops lists nothing here, nor does one that found nothing to do.
    touches_permanent_object := exists (
      select from pg_event_trigger_ddl_commands() as command
      where coalesce(
        command.schema_name,
        (pg_identify_object_as_address(command.classid, command.objid, command.objsubid)).object_names[1]
      ) is distinct from 'pg_temp'
    );
  end if;

  -- PostgreSQL sends equal notifications of one transaction once, and none if it is rolled back.
  if touches_permanent_object then
    perform pg_notify(coalesce(nullif(current_setting('pgrst.db_channel', true), ''), 'pgrst'), 'reload schema');
  end if;
exception when others then
  -- Never fail somebody's DDL: say what to do, and notify rather once too often.
  raise warning 'pgrst-ops: the trigger that reloads PostgREST failed: %', sqlerrm
    using hint = 'See GET /trigger/status of pgrst-ops. To reload by hand: notify pgrst, ''reload schema''';
  begin
    perform pg_notify('pgrst', 'reload schema');
  exception when others then
    null;
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
