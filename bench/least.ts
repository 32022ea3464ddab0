/**
 * The least that a trigger has to do: know temporary objects, hold its search path, survive its own errors, and notify.
 * What ours takes on top of it is the price of its rules.
 */
export const least = `
create schema least;
create function least.watch() returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_event = 'sql_drop' then
    perform from pg_event_trigger_dropped_objects() where not is_temporary;
  else
    perform from pg_event_trigger_ddl_commands() where schema_name is distinct from 'pg_temp';
  end if;
  if found then
    perform pg_notify('pgrst', 'reload schema');
  end if;
exception when others then
  raise warning '%', sqlerrm;
end;
$$;
create event trigger least_change on ddl_command_end execute function least.watch();
create event trigger least_drop on sql_drop execute function least.watch();
`;
