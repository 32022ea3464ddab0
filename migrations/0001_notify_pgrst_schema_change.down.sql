-- Removes what the .up.sql beside it made. Safe to run again and from several sessions at once.
-- Its function and schema stay where something else uses them; the event triggers go in any case.
do $migration$
declare
  renamed pg_catalog.name;
  caller_path pg_catalog.text := pg_catalog.current_setting('search_path');
begin
  -- First of all: what others made in the schemas of the caller's search path would run with the rights of the caller.
  set local search_path = pg_catalog, pg_temp;

  perform pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'));
  -- What runs our function is ours, whatever its name.
  for renamed in
    select evtname from pg_event_trigger
    where evtfoid = to_regprocedure('pgrst_ops.notify_pgrst_schema_change()')
      and evtname not in ('notify_pgrst_on_schema_change', 'notify_pgrst_on_schema_drop')
  loop
    execute format('drop event trigger %I', renamed);
  end loop;
  drop event trigger if exists notify_pgrst_on_schema_change;
  drop event trigger if exists notify_pgrst_on_schema_drop;
  begin
    drop function if exists pgrst_ops.notify_pgrst_schema_change();
    drop schema if exists pgrst_ops;
  exception when dependent_objects_still_exist then
    raise notice 'pgrst-ops: kept because something else uses it: %', sqlerrm;
  end;

  -- The rest of the transaction, if there is one, finds things where it did.
  perform pg_catalog.set_config('search_path', caller_path, true);
end
$migration$;
