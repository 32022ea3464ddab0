-- Which of the names $1 are those of foreign keys.
select distinct constraints.conname as name
from pg_catalog.pg_constraint constraints
where constraints.contype = 'f' and constraints.conname = any ($1::text[])
