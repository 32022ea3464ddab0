-- The code that PostgreSQL may run for a request, with its text: the functions named in $1; the triggers, policies, views,
-- rules, defaults and checks of the relations named in $2. Nothing of it is run.
with
  functions as (
    select
      routine.oid,
      schema.nspname as schema,
      routine.proname as name,
      pg_catalog.pg_get_function_identity_arguments(routine.oid) as arguments,
      routine.prosecdef as is_definer,
      owner.rolname as owner,
      routine.provolatile as volatility,
      coalesce(
        (select substr(setting, length('search_path=') + 1) from unnest(routine.proconfig) as setting
          where starts_with(setting, 'search_path=')),
        ''
      ) as search_path,
      left(coalesce(pg_catalog.pg_get_function_sqlbody(routine.oid), routine.prosrc), 20000) as text
    from pg_catalog.pg_proc routine
    join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
    join pg_catalog.pg_language language on language.oid = routine.prolang
    join pg_catalog.pg_roles owner on owner.oid = routine.proowner
    where routine.prokind in ('f', 'p')
      and language.lanname not in ('internal', 'c')
      and schema.nspname !~ '^pg_'
      and schema.nspname <> 'information_schema'
  ),
  relations as (
    select
      relation.oid,
      relation.relkind as kind,
      relation.relrowsecurity as has_policies,
      schema.nspname as schema,
      relation.relname as name,
      owner.rolname as owner,
      coalesce(relation.reloptions::text ~* 'security_invoker=(true|on|1)', false) as is_invoker
    from pg_catalog.pg_class relation
    join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
    join pg_catalog.pg_roles owner on owner.oid = relation.relowner
    where relation.relname = any ($2::text[])
      and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and schema.nspname !~ '^pg_'
      and schema.nspname <> 'information_schema'
  )
select
  'function' as kind, schema, name, null as "onSchema", null as "on", arguments, text, search_path as "searchPath",
  case when is_definer then owner end as "runsAs", 'arwd' as commands, oid::text as id
from functions
where name = any ($1::text[])
union all
select
  'trigger', functions.schema, trigger.tgname, relations.schema, relations.name, functions.schema || '.' || functions.name,
  functions.text, functions.search_path, case when functions.is_definer then functions.owner end,
  case when trigger.tgtype & 4 > 0 then 'a' else '' end || case when trigger.tgtype & 8 > 0 then 'd' else '' end
    || case when trigger.tgtype & 16 > 0 then 'w' else '' end,
  trigger.oid::text
from pg_catalog.pg_trigger trigger
join relations on relations.oid = trigger.tgrelid
join functions on functions.oid = trigger.tgfoid
where not trigger.tgisinternal and trigger.tgenabled <> 'D'
union all
select
  'policy', relations.schema, policy.polname, relations.schema, relations.name, null,
  concat_ws(' ', pg_catalog.pg_get_expr(policy.polqual, policy.polrelid),
    pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid)),
  '', null, case policy.polcmd when '*' then 'arwd' else policy.polcmd::text || 'r' end, policy.oid::text
from pg_catalog.pg_policy policy
join relations on relations.oid = policy.polrelid and relations.has_policies
union all
select
  'view', relations.schema, relations.name, null, null, null, left(pg_catalog.pg_get_viewdef(relations.oid), 20000), '',
  case when not relations.is_invoker then relations.owner end, 'arwd', relations.oid::text
from relations
where relations.kind in ('v', 'm')
union all
select
  'rule', relations.schema, rule.rulename, relations.schema, relations.name, null,
  left(pg_catalog.pg_get_ruledef(rule.oid), 20000), '', null, 'awd', rule.oid::text
from pg_catalog.pg_rewrite rule
join relations on relations.oid = rule.ev_class
where rule.rulename <> '_RETURN'
union all
select
  'default', relations.schema, attribute.attname, relations.schema, relations.name, null,
  pg_catalog.pg_get_expr(defaults.adbin, defaults.adrelid), '', null, 'aw', defaults.oid::text
from pg_catalog.pg_attrdef defaults
join relations on relations.oid = defaults.adrelid
join pg_catalog.pg_attribute attribute on attribute.attrelid = defaults.adrelid and attribute.attnum = defaults.adnum
union all
select
  'check', relations.schema, constraints.conname, relations.schema, relations.name, null,
  pg_catalog.pg_get_constraintdef(constraints.oid), '', null, 'aw', constraints.oid::text
from pg_catalog.pg_constraint constraints
join relations on relations.oid = constraints.conrelid
where constraints.contype = 'c'
limit 200
