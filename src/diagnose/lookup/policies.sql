-- The policies of the relations named $1 whose row-level security is on.
select
  schema.nspname as schema,
  policy.polname as name,
  case policy.polcmd
    when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all'
  end as command,
  array_to_string(
    array(
      select case when granted = 0 then 'public' else pg_catalog.pg_get_userbyid(granted) end
      from unnest(policy.polroles) as granted
    ),
    ', '
  ) as roles
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
left join pg_catalog.pg_policy policy on policy.polrelid = relation.oid
where relation.relname = $1::text and relation.relrowsecurity
order by schema.nspname, policy.polname
limit 10
