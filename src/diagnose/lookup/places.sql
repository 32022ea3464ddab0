-- Where there are functions, relations, types or operators (as $2 says) named $1, outside of PostgreSQL's own schemas; of
-- operators those that have a type of the names $3, qualified or not, on its side.
select schema.nspname as schema
from pg_catalog.pg_namespace schema
where schema.nspname !~ '^pg_'
  and schema.nspname <> 'information_schema'
  and case $2::text
    when 'function' then
      exists (select from pg_catalog.pg_proc routine where routine.pronamespace = schema.oid and routine.proname = $1::text)
    when 'type' then
      exists (select from pg_catalog.pg_type type where type.typnamespace = schema.oid and type.typname = $1::text)
    when 'operator' then
      exists (
        select from pg_catalog.pg_operator operator
        where operator.oprnamespace = schema.oid
          and operator.oprname = $1::text
          and (
            regexp_replace(pg_catalog.format_type(operator.oprleft, null), '^.*\.', '')
              = regexp_replace(($3::text[])[1], '^.*\.', '')
            or regexp_replace(pg_catalog.format_type(operator.oprright, null), '^.*\.', '')
              = regexp_replace(($3::text[])[2], '^.*\.', '')
          )
      )
    else
      exists (
        select from pg_catalog.pg_class relation
        where relation.relnamespace = schema.oid and relation.relname = $1::text and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      )
  end
order by schema.nspname
limit 5
