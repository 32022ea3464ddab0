-- Removes what the .up.sql beside it made. Safe to run again and from several sessions at once.
do $migration$
begin
  perform pg_advisory_xact_lock(hashtext('pgrst-ops:trigger'));
  drop event trigger if exists notify_pgrst_on_schema_change;
  drop event trigger if exists notify_pgrst_on_schema_drop;
  drop function if exists pgrst_ops.notify_pgrst_schema_change();
  drop schema if exists pgrst_ops;
exception when dependent_objects_still_exist then
  raise notice 'pgrst-ops: schema pgrst_ops or its function is used by something else and stays: %', sqlerrm;
end
$migration$;
