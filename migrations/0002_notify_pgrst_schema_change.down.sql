-- Removes what the .up.sql beside it made. Safe to run again and from several sessions at once.
-- Its function and schema stay where something else uses them; the event triggers go in any case.
do $migration$
begin
  perform pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'));
  drop event trigger if exists notify_pgrst_on_schema_change;
  drop event trigger if exists notify_pgrst_on_schema_drop;
  begin
    drop function if exists pgrst_ops.notify_pgrst_schema_change();
    drop schema if exists pgrst_ops;
  exception when dependent_objects_still_exist then
    raise notice 'pgrst-ops: kept because something else uses it: %', sqlerrm;
  end;
end
$migration$;
