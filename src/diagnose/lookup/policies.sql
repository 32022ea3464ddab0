-- The policies of the relations named $1 whose row-level security is on.
select schema.nspname as schema, policy.polname as name
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
left join pg_catalog.pg_policy policy on policy.polrelid = relation.oid
where relation.relname = $1::text and relation.relrowsecurity
order by schema.nspname, policy.polname
limit 10
