-- The functions of schema $1 whose names are about as long as $2.
select distinct routine.proname as name
from pg_catalog.pg_proc routine
where routine.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1::text)
  and abs(length(routine.proname::text) - length($2::text)) <= 3
limit 20000
