-- Where there are functions ($2 = 'function') or relations named $1, outside of PostgreSQL's own schemas.
select schema.nspname as schema
from pg_catalog.pg_namespace schema
where schema.nspname !~ '^pg_'
  and schema.nspname <> 'information_schema'
  and case
    when $2::text = 'function' then
      exists (select from pg_catalog.pg_proc routine where routine.pronamespace = schema.oid and routine.proname = $1::text)
    else
      exists (
        select from pg_catalog.pg_class relation
        where relation.relnamespace = schema.oid and relation.relname = $1::text and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      )
  end
order by schema.nspname
limit 5
