-- Which of the schemas $1 exist.
select schema.nspname as name
from pg_catalog.pg_namespace schema
where schema.nspname = any ($1)
order by schema.nspname
