-- The functions of users that have one of the names $1, with their code.
select
  schema.nspname as schema,
  function.proname as name,
  language.lanname as language,
  -- A body in standard SQL is kept parsed.
  coalesce(nullif(function.prosrc, ''), pg_catalog.pg_get_function_sqlbody(function.oid), '') as source
from pg_catalog.pg_proc function
join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
join pg_catalog.pg_language language on language.oid = function.prolang
where function.proname = any ($1)
  and function.oid >= 16384 -- not PostgreSQL's own
  and function.prokind in ('f', 'p')
order by schema.nspname, function.proname, function.oid
limit 1000
