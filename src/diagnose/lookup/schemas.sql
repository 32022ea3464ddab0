-- The schemas that could be exposed.
select schema.nspname as name
from pg_catalog.pg_namespace schema
where schema.nspname !~ '^pg_'
order by schema.nspname
limit 20000
