-- All event triggers of this database, with the function that each runs.
select
  event_trigger.evtname as name,
  event_trigger.evtevent as event,
  case event_trigger.evtenabled
    when 'A' then 'always'
    when 'O' then 'origin'
    when 'R' then 'replica'
    else 'disabled'
  end as enabled,
  event_trigger.evttags as tags,
  trigger_owner.rolname as owner,
  trigger_owner.rolsuper as "ownerIsSuperuser",
  function_schema.nspname as "functionSchema",
  function.proname as "functionName",
  function_owner.rolname as "functionOwner",
  -- Longer code is not read. In C it is the name of a symbol.
  case when octet_length(function.prosrc) <= 50000 then function.prosrc end as source,
  language.lanname as language,
  coalesce(function.proconfig, '{}') as settings,
  function.prosecdef as "securityDefiner"
from pg_catalog.pg_event_trigger event_trigger
join pg_catalog.pg_roles trigger_owner on trigger_owner.oid = event_trigger.evtowner
join pg_catalog.pg_proc function on function.oid = event_trigger.evtfoid
join pg_catalog.pg_language language on language.oid = function.prolang
join pg_catalog.pg_namespace function_schema on function_schema.oid = function.pronamespace
join pg_catalog.pg_roles function_owner on function_owner.oid = function.proowner
order by event_trigger.evtname
